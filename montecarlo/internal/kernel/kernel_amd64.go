package kernel

import "golang.org/x/sys/cpu"

var (
	hasAVX2   = cpu.X86.HasAVX2 && cpu.X86.HasFMA
	hasAVX512 = hasAVX2 && cpu.X86.HasAVX512F
)

func dot1F64(s *[1]float64, x *[1][]float64, p []float64) {
	switch {
	case hasAVX512:
		dot1F64AVX512(s, x, p)
	case hasAVX2:
		dot1F64AVX2(s, x, p)
	default:
		dotGo(s[:], x[:], p)
	}
}

func axpy1F64(u []float64, g *[1]float64, x *[1][]float64) {
	switch {
	case hasAVX512:
		axpy1F64AVX512(u, g, x)
	case hasAVX2:
		axpy1F64AVX2(u, g, x)
	default:
		axpyGo(u, g[:], x[:])
	}
}

func dot4F64(s *[4]float64, x *[4][]float64, p []float64) {
	switch {
	case hasAVX512:
		dot4F64AVX512(s, x, p)
	case hasAVX2:
		dot4F64AVX2(s, x, p)
	default:
		dotGo(s[:], x[:], p)
	}
}

func axpy4F64(u []float64, g *[4]float64, x *[4][]float64) {
	switch {
	case hasAVX512:
		axpy4F64AVX512(u, g, x)
	case hasAVX2:
		axpy4F64AVX2(u, g, x)
	default:
		axpyGo(u, g[:], x[:])
	}
}

func dot8F64(s *[8]float64, x *[8][]float64, p []float64) {
	switch {
	case hasAVX512:
		dot8F64AVX512(s, x, p)
	case hasAVX2:
		dot8F64AVX2(s, x, p)
	default:
		dotGo(s[:], x[:], p)
	}
}

func axpy8F64(u []float64, g *[8]float64, x *[8][]float64) {
	switch {
	case hasAVX512:
		axpy8F64AVX512(u, g, x)
	case hasAVX2:
		axpy8F64AVX2(u, g, x)
	default:
		axpyGo(u, g[:], x[:])
	}
}

func dot1F32(s *[1]float64, x *[1][]float32, p []float64) {
	switch {
	case hasAVX512:
		dot1F32AVX512(s, x, p)
	case hasAVX2:
		dot1F32AVX2(s, x, p)
	default:
		dotGo(s[:], x[:], p)
	}
}

func axpy1F32(u []float64, g *[1]float64, x *[1][]float32) {
	switch {
	case hasAVX512:
		axpy1F32AVX512(u, g, x)
	case hasAVX2:
		axpy1F32AVX2(u, g, x)
	default:
		axpyGo(u, g[:], x[:])
	}
}

func dot4F32(s *[4]float64, x *[4][]float32, p []float64) {
	switch {
	case hasAVX512:
		dot4F32AVX512(s, x, p)
	case hasAVX2:
		dot4F32AVX2(s, x, p)
	default:
		dotGo(s[:], x[:], p)
	}
}

func axpy4F32(u []float64, g *[4]float64, x *[4][]float32) {
	switch {
	case hasAVX512:
		axpy4F32AVX512(u, g, x)
	case hasAVX2:
		axpy4F32AVX2(u, g, x)
	default:
		axpyGo(u, g[:], x[:])
	}
}

func dot8F32(s *[8]float64, x *[8][]float32, p []float64) {
	switch {
	case hasAVX512:
		dot8F32AVX512(s, x, p)
	case hasAVX2:
		dot8F32AVX2(s, x, p)
	default:
		dotGo(s[:], x[:], p)
	}
}

func axpy8F32(u []float64, g *[8]float64, x *[8][]float32) {
	switch {
	case hasAVX512:
		axpy8F32AVX512(u, g, x)
	case hasAVX2:
		axpy8F32AVX2(u, g, x)
	default:
		axpyGo(u, g[:], x[:])
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

func axpy8Single(u []float64, g *[8]float64, x *[8][]float32) {
	switch {
	case hasAVX512:
		axpy8SingleAVX512(u, g, x)
	case hasAVX2:
		axpy8SingleAVX2(u, g, x)
	default:
		axpyGo(u, g[:], x[:])
	}
}
