//go:build !amd64

package kernel

func dot1F64(s *[1]float64, x *[1][]float64, p []float64) { dotGo(s[:], x[:], p) }

func axpy1F64(u []float64, g *[1]float64, x *[1][]float64) { axpyGo(u, g[:], x[:]) }

func dot4F64(s *[4]float64, x *[4][]float64, p []float64) { dotGo(s[:], x[:], p) }

func axpy4F64(u []float64, g *[4]float64, x *[4][]float64) { axpyGo(u, g[:], x[:]) }

func dot8F64(s *[8]float64, x *[8][]float64, p []float64) { dotGo(s[:], x[:], p) }

func axpy8F64(u []float64, g *[8]float64, x *[8][]float64) { axpyGo(u, g[:], x[:]) }

func dot1F32(s *[1]float64, x *[1][]float32, p []float64) { dotGo(s[:], x[:], p) }

func axpy1F32(u []float64, g *[1]float64, x *[1][]float32) { axpyGo(u, g[:], x[:]) }

func dot4F32(s *[4]float64, x *[4][]float32, p []float64) { dotGo(s[:], x[:], p) }

func axpy4F32(u []float64, g *[4]float64, x *[4][]float32) { axpyGo(u, g[:], x[:]) }

func dot8F32(s *[8]float64, x *[8][]float32, p []float64) { dotGo(s[:], x[:], p) }

func axpy8F32(u []float64, g *[8]float64, x *[8][]float32) { axpyGo(u, g[:], x[:]) }

func dot8Single(s *[8]float64, x *[8][]float32, p []float32) { dotGo(s[:], x[:], p) }

func axpy8Single(u []float64, g *[8]float64, x *[8][]float32) { axpyGo(u, g[:], x[:]) }
