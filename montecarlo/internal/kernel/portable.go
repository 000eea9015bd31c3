package kernel

// The portable kernels, also the reference the assembly is tested against.

type float interface{ float32 | float64 }

func dotGo[T, V float](x []T, p []V) (s V) {
	x = x[:len(p)]
	for i, v := range p {
		s += V(x[i]) * v
	}
	return s
}

func dot4Go[T, V float](x0, x1, x2, x3 []T, p []V) (s0, s1, s2, s3 V) {
	x0, x1, x2, x3 = x0[:len(p)], x1[:len(p)], x2[:len(p)], x3[:len(p)]
	for i, v := range p {
		s0 += V(x0[i]) * v
		s1 += V(x1[i]) * v
		s2 += V(x2[i]) * v
		s3 += V(x3[i]) * v
	}
	return s0, s1, s2, s3
}

func axpyGo[T, V float](u []V, g V, x []T) {
	x = x[:len(u)]
	for i := range u {
		u[i] += g * V(x[i])
	}
}

func axpy4Go[T, V float](u []V, g0, g1, g2, g3 V, x0, x1, x2, x3 []T) {
	x0, x1, x2, x3 = x0[:len(u)], x1[:len(u)], x2[:len(u)], x3[:len(u)]
	for i := range u {
		u[i] += g0*V(x0[i]) + g1*V(x1[i]) + (g2*V(x2[i]) + g3*V(x3[i]))
	}
}
