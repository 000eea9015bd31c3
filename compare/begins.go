package compare

// begins is the point at which the curves depart from the theory at the latest: in the order of the steps, and within one
// step of the observables, the first point such that the curves up to it are significantly wrong. nil if the curves
// as a whole are not.
//
// The hypotheses "the theory is right up to point j" imply each other from the last point to the first, so they are
// tested in that order, each by the largest |t| up to its point, until one is kept: the chance to name a point before
// the first wrong one is below the level, without any correction for their number (a closed test; docs/statistics.md,
// "Where a departure begins").
func (a *analysis) begins(p *target) *Point {
	c := a.contest(p)
	a.model.fit.rotate(0, []*contest{c}, a.points(), a.set.Resamples, a.set.Seed)
	level := a.set.Level * spent(a.set.Look)
	prefixes := a.model.fit.prefixes(c)
	first := len(prefixes)
	for first > 0 && prefixes[first-1] < level {
		first--
	}
	if first == len(prefixes) {
		return nil
	}
	at := a.point(first)
	return &at
}

// prefixes are the p-values of the largest |t| among points 0 to j, for every j, of a contest that was rotated with a
// group for each point.
func (f *fit) prefixes(c *contest) []float64 {
	draws := make([]float64, len(c.pivot))
	pvalues := make([]float64, len(c.t))
	t := 0.0
	var rotated, unknown []int
	for j, v := range c.t {
		t = max(t, v, -v)
		if c.unknown(j) {
			unknown = append(unknown, j)
		} else {
			rotated = append(rotated, j)
			for b, x := range c.max[j] {
				draws[b] = max(draws[b], x)
			}
		}
		pvalues[j] = f.tail(c, t, draws, rotated, unknown)
	}
	return pvalues
}
