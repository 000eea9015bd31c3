package compare

import "math"

// begins is the point at which the curves depart from the theory at the latest: in the order of the steps, and within one
// step of the observables, the first point such that the curves up to it are significantly wrong. nil if the curves
// as a whole are not.
//
// The hypotheses "the theory is right up to point j" imply each other from the last point to the first, so they are
// tested in that order, until one is kept: the chance to name a point before the first wrong one is below the level,
// without any correction for their number (a closed test; docs/statistics.md, "Where a departure begins").
func (a *analysis) begins(p *target) *Point {
	c := a.contest(p)
	c.prefixes = true
	a.model.fit.rotate(0, []*contest{c}, a.points(), a.set.Resamples, a.set.Seed)
	level := a.set.Level * spent(a.set.Look)
	first := a.points()
	for prefix := a.model.fit.prefixes(c); first > 0 && prefix(first-1) < level; {
		first--
	}
	if first == a.points() {
		return nil
	}
	at := a.point(first)
	return &at
}

// prefixes returns the p-value of points 0 to j as a function of j, of a contest that was rotated with a group for each
// point: by their largest |t|, and by the battery of the whole rows among them.
func (f *fit) prefixes(c *contest) func(j int) float64 {
	draws, observed := make([][]float64, len(c.t)), make([]float64, len(c.t))
	running, t := make([]float64, len(c.pivot)), 0.0
	for j, v := range c.t {
		for b, x := range c.max[j] {
			running[b] = max(running[b], x)
		}
		t = max(t, math.Abs(v))
		copy(c.max[j], running)
		draws[j], observed[j] = c.max[j], t
	}
	return func(j int) float64 {
		var rotated, unknown []int
		rotatedT, unknownT := 0.0, 0.0
		for i, v := range c.t[:j+1] {
			if c.unknown(i) {
				unknown, unknownT = append(unknown, i), max(unknownT, math.Abs(v))
			} else {
				rotated, rotatedT = append(rotated, i), max(rotatedT, math.Abs(v))
			}
		}
		if c.battery == nil || j+1 < c.row {
			return f.tail(c, observed[j], draws[j], rotated, unknown)
		}
		row := &c.battery.rows[(j+1)/c.row-1]
		p, unresolved := least([][]float64{draws[j], row.innovation, row.hotellings}, []float64{rotatedT, row.t, row.hotelling})
		if unresolved {
			p = min(p, 3*f.union(c, rotatedT, rotated))
		}
		return f.both(c, p, unknownT, unknown, j+1)
	}
}
