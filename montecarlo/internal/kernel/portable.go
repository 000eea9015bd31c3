package kernel

// The portable kernels, also what the assembly is tested against.

type float interface{ float32 | float64 }

// dotGo writes s[k] = x[k]·p, with products in the precision of p.
func dotGo[T, V float](s []float64, x [][]T, p []V) {
	for k := range s {
		row := x[k][:len(p)]
		var sum V
		for i, v := range p {
			sum += V(row[i]) * v
		}
		s[k] = float64(sum)
	}
}

// axpyGo adds g[0] x[0] + g[1] x[1] + … to u.
func axpyGo[T float](u, g []float64, x [][]T) {
	for k, factor := range g {
		row := x[k][:len(u)]
		for i, v := range row {
			u[i] += factor * float64(v)
		}
	}
}
