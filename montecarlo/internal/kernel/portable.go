package kernel

// The portable kernels, also what the assembly is tested against. V is the precision of the arithmetic.

// dotGo writes s[k] = x[k]·p.
func dotGo[T, V Float](s []float64, x [][]T, p []V) {
	for k := range s {
		row := x[k][:len(p)]
		var sum V
		for i, v := range p {
			sum += V(row[i]) * v
		}
		s[k] = float64(sum)
	}
}

// axpyGo adds a[0] x[0] + a[1] x[1] + … to u.
func axpyGo[V, T Float](u, a []float64, x [][]T) {
	for k := range a {
		factor, row := V(a[k]), x[k][:len(u)]
		for i, v := range row {
			u[i] += float64(factor * V(v))
		}
	}
}
