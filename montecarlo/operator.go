package montecarlo

// An operator is Z, n×d with entries N(0, 1/d), met only through products. Columns are one vector a unit.
type operator interface {
	// step computes the local fields r = Z p (K vectors of length n), lets gradients turn them into g, and writes
	// u = Zᵀ g (K vectors of length d). gradients(lo, hi, g, r) handles samples lo..hi-1 (g[k], r[k] are the sub-slices
	// of these samples), may be called from several goroutines at once for disjoint ranges, and overwrites g.
	step(u, p [][]float64, gradients func(lo, hi int, g, r [][]float64))
	// fields computes r = Z p only.
	fields(r, p [][]float64)
}
