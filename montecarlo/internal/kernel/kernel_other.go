//go:build !amd64

package kernel

func dot1Double(s *[1]float64, x *[1][]float64, p []float64) { dotGo(s[:], x[:], p) }

func axpy1Double(u []float64, a *[1]float64, x *[1][]float64) { axpyGo[float64](u, a[:], x[:]) }

func dot4Double(s *[4]float64, x *[4][]float64, p []float64) { dotGo(s[:], x[:], p) }

func axpy4Double(u []float64, a *[4]float64, x *[4][]float64) { axpyGo[float64](u, a[:], x[:]) }

func dot8Double(s *[8]float64, x *[8][]float64, p []float64) { dotGo(s[:], x[:], p) }

func axpy8Double(u []float64, a *[8]float64, x *[8][]float64) { axpyGo[float64](u, a[:], x[:]) }

func dot1Mixed(s *[1]float64, x *[1][]float32, p []float64) { dotGo(s[:], x[:], p) }

func axpy1Mixed(u []float64, a *[1]float64, x *[1][]float32) { axpyGo[float64](u, a[:], x[:]) }

func dot4Mixed(s *[4]float64, x *[4][]float32, p []float64) { dotGo(s[:], x[:], p) }

func axpy4Mixed(u []float64, a *[4]float64, x *[4][]float32) { axpyGo[float64](u, a[:], x[:]) }

func dot8Single(s *[8]float64, x *[8][]float32, p []float32) { dotGo(s[:], x[:], p) }

func axpy8Single(u []float64, a *[8]float64, x *[8][]float32) { axpyGo[float32](u, a[:], x[:]) }
