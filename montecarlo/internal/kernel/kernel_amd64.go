package kernel

import "golang.org/x/sys/cpu"

//go:generate go -C asm run . -out ../kernel_amd64.s -stubs ../stubs_amd64.go -pkg kernel

var (
	hasAVX2   = cpu.X86.HasAVX2 && cpu.X86.HasFMA
	hasAVX512 = hasAVX2 && cpu.X86.HasAVX512F
)

func dot1Double(s *[1]float64, x *[1][]float64, p []float64) {
	switch {
	case hasAVX512:
		dot1DoubleAVX512(s, x, p)
	case hasAVX2:
		dot1DoubleAVX2(s, x, p)
	default:
		dotGo(s[:], x[:], p)
	}
}

func axpy1Double(u []float64, a *[1]float64, x *[1][]float64) {
	switch {
	case hasAVX512:
		axpy1DoubleAVX512(u, a, x)
	case hasAVX2:
		axpy1DoubleAVX2(u, a, x)
	default:
		axpyGo[float64](u, a[:], x[:])
	}
}

func dot4Double(s *[4]float64, x *[4][]float64, p []float64) {
	switch {
	case hasAVX512:
		dot4DoubleAVX512(s, x, p)
	case hasAVX2:
		dot4DoubleAVX2(s, x, p)
	default:
		dotGo(s[:], x[:], p)
	}
}

func axpy4Double(u []float64, a *[4]float64, x *[4][]float64) {
	switch {
	case hasAVX512:
		axpy4DoubleAVX512(u, a, x)
	case hasAVX2:
		axpy4DoubleAVX2(u, a, x)
	default:
		axpyGo[float64](u, a[:], x[:])
	}
}

func dot8Double(s *[8]float64, x *[8][]float64, p []float64) {
	switch {
	case hasAVX512:
		dot8DoubleAVX512(s, x, p)
	case hasAVX2:
		dot8DoubleAVX2(s, x, p)
	default:
		dotGo(s[:], x[:], p)
	}
}

func axpy8Double(u []float64, a *[8]float64, x *[8][]float64) {
	switch {
	case hasAVX512:
		axpy8DoubleAVX512(u, a, x)
	case hasAVX2:
		axpy8DoubleAVX2(u, a, x)
	default:
		axpyGo[float64](u, a[:], x[:])
	}
}

func dot1Mixed(s *[1]float64, x *[1][]float32, p []float64) {
	switch {
	case hasAVX512:
		dot1MixedAVX512(s, x, p)
	case hasAVX2:
		dot1MixedAVX2(s, x, p)
	default:
		dotGo(s[:], x[:], p)
	}
}

func axpy1Mixed(u []float64, a *[1]float64, x *[1][]float32) {
	switch {
	case hasAVX512:
		axpy1MixedAVX512(u, a, x)
	case hasAVX2:
		axpy1MixedAVX2(u, a, x)
	default:
		axpyGo[float64](u, a[:], x[:])
	}
}

func dot4Mixed(s *[4]float64, x *[4][]float32, p []float64) {
	switch {
	case hasAVX512:
		dot4MixedAVX512(s, x, p)
	case hasAVX2:
		dot4MixedAVX2(s, x, p)
	default:
		dotGo(s[:], x[:], p)
	}
}

func axpy4Mixed(u []float64, a *[4]float64, x *[4][]float32) {
	switch {
	case hasAVX512:
		axpy4MixedAVX512(u, a, x)
	case hasAVX2:
		axpy4MixedAVX2(u, a, x)
	default:
		axpyGo[float64](u, a[:], x[:])
	}
}

func dot8Single(s *[8]float64, x *[8][]float32, p []float32) {
	switch {
	case hasAVX512:
		dot8SingleAVX512(s, x, p)
	case hasAVX2:
		dot8SingleAVX2(s, x, p)
	default:
		dotGo(s[:], x[:], p)
	}
}

func axpy8Single(u []float64, a *[8]float64, x *[8][]float32) {
	switch {
	case hasAVX512:
		axpy8SingleAVX512(u, a, x)
	case hasAVX2:
		axpy8SingleAVX2(u, a, x)
	default:
		axpyGo[float32](u, a[:], x[:])
	}
}
