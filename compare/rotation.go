package compare

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A contest is one coefficient of the fit confronted with a prediction, at every point: is the difference noise?
//
// With Gaussian errors the residuals' directions are isotropic, so the observed t is as likely as any t* that is got by
// rotating the residuals (the observed difference among them) at random: an exact test at any number of replicas and
// points, whatever the correlation between points (Langsrud, Statistics and Computing 15 (2005) 53). The replicates of
// the theory are rotated likewise, independently. A point with an error but no replicates takes no part in the rotation:
// Bonferroni's bound is added for it.
type contest struct {
	diff       []float64  // coefficient - prediction
	floor      []float64  // least error: added to the standard error in quadrature
	se         []float64  // of the coefficient
	theorySE   []float64  // of the prediction
	slack      []float64  // largest systematic error of the prediction, which counts for the prediction; nil: none
	replicates *mat.Dense // centred replicates behind theorySE; nil when exact or when there are errors alone

	t []float64
	// Without the points of unknown error: max[o][b] is the largest |t*| among the points of group o in draw b; pivot[b] is the largest |t*| of all when the
	// rotated residuals are taken about the estimate, not about the prediction: the pivot behind simultaneous bands.
	max   [][]float64
	pivot []float64
}

// newContest confronts the intercept of a fit to values less p.mean with p.
func newContest(f *fit, floor []float64, p *target) *contest {
	c := &contest{floor: floor, theorySE: p.se, replicates: p.replicates, slack: p.slack}
	for j := range floor {
		c.diff = append(c.diff, f.coef.At(0, j))
		c.se = append(c.se, f.standardError(0, j))
	}
	return c
}

func (c *contest) total(j int) float64 {
	return math.Sqrt(c.se[j]*c.se[j] + c.theorySE[j]*c.theorySE[j] + c.floor[j]*c.floor[j])
}

// beyond is the part of the difference at a point that a systematic error cannot explain.
func (c *contest) beyond(j int) float64 {
	if c.slack == nil {
		return c.diff[j]
	}
	return math.Copysign(max(0, math.Abs(c.diff[j])-c.slack[j]), c.diff[j])
}

// most is the largest difference at a point that is still possible, with this many standard errors.
func (c *contest) most(j int, critical float64) float64 {
	most := math.Abs(c.diff[j]) + critical*c.total(j)
	if c.slack != nil {
		most += c.slack[j]
	}
	return most
}

// unknown reports whether the prediction's error at a point is known in size alone.
func (c *contest) unknown(j int) bool { return c.replicates == nil && c.theorySE[j] > 0 }

// block is the number of draws that share one stream of random numbers and one matrix product.
const block = 128

// rotate fills t, max and pivot of every contest, all about coefficient k of the fit and from the same draws. Points
// belong to the groups in turn: point j to group j mod groups. The result does not depend on the number of cores.
func (f *fit) rotate(k int, contests []*contest, groups, draws int, seed uint64) {
	for _, c := range contests {
		c.t = make([]float64, len(c.diff))
		for j := range c.diff {
			if s := c.total(j); s > 0 {
				c.t[j] = c.beyond(j) / s
			}
		}
		c.pivot = make([]float64, draws)
		c.max = make([][]float64, groups)
		for o := range c.max {
			c.max[o] = make([]float64, draws)
		}
	}
	blocks := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for b := range blocks {
				f.rotateBlock(k, contests, b*block, min(draws, (b+1)*block), rand.New(rand.NewPCG(seed, uint64(b))))
			}
		})
	}
	for b := 0; b*block < draws; b++ {
		blocks <- b
	}
	close(blocks)
	workers.Wait()
}

func (f *fit) rotateBlock(k int, contests []*contest, from, to int, rng *rand.Rand) {
	rank, _ := f.residual.Dims()
	data := newSpins(to-from, rank, f.dof, rng)
	data.project(f.residual)
	for _, c := range contests {
		var scrambled *spins
		if c.replicates != nil {
			scrambled = newScramblingSpins(to-from, c.replicates, rng)
		}
		for b := range to - from {
			f.rotateOnce(k, c, data, scrambled, b, from+b)
		}
	}
}

// rotateOnce turns one pair of directions into the maxima of draw number at.
func (f *fit) rotateOnce(k int, c *contest, data, scrambled *spins, b, at int) {
	vk := f.cov.At(k, k)
	v, p := &data.directions[b], data.projection.RawRowView(b)
	n := float64(f.dof)
	length := v.square + v.axis*v.axis
	var w *direction
	var q []float64
	var r, lengthR float64
	if scrambled != nil {
		w, q = &scrambled.directions[b], scrambled.projection.RawRowView(b)
		r = float64(scrambled.size)
		lengthR = w.square + w.axis*w.axis
	}
	groups := len(c.max)
	scale, scalePivot := math.Sqrt(vk/length), math.Sqrt(vk/v.square)
	for j, t := range c.t {
		if c.unknown(j) {
			continue
		}
		// The residuals along the direction; about the prediction, they have the observed difference as one more
		// component, t·deviation: the share of it that is the data's.
		s2 := f.deviation[j] * f.deviation[j]
		ss, z := n*s2, t*f.deviation[j]
		about, pivot := v.axis*z+p[j], p[j]*p[j]/v.square
		about2 := about * about / length
		num, numPivot := scale*about, scalePivot*p[j]
		den, denPivot := vk*(ss+z*z-about2)/n, vk*(ss-pivot)/(n-1)
		if w != nil {
			se := c.theorySE[j]
			ss, z := r*(r-1)*se*se, math.Sqrt(r)*se*t
			about := w.axis*z + q[j]
			num -= about / math.Sqrt(r*lengthR)
			den += (ss + z*z - about*about/lengthR) / (r * (r - 1))
			numPivot -= q[j] / math.Sqrt(r*w.square)
			denPivot += (ss - q[j]*q[j]/w.square) / (r * (r - 2))
		}
		floor := c.floor[j] * c.floor[j]
		o := j % groups
		if t2 := num * num / (den + floor); t2 > c.max[o][at] {
			c.max[o][at] = t2
		}
		if t2 := numPivot * numPivot / (denPivot + floor); t2 > c.pivot[at] {
			c.pivot[at] = t2
		}
	}
	for o := range c.max {
		c.max[o][at] = math.Sqrt(c.max[o][at])
	}
	c.pivot[at] = math.Sqrt(c.pivot[at])
}

// spins are random directions and what they pick out of a matrix of residuals.
type spins struct {
	size       int // rows of the matrix the directions live in
	directions []direction
	along      *mat.Dense // directions × rows
	projection *mat.Dense // directions × points
}

func newSpins(draws, rank, dof int, rng *rand.Rand) *spins {
	s := &spins{size: rank, directions: make([]direction, draws), along: mat.NewDense(draws, rank, nil)}
	for b := range s.directions {
		s.directions[b].along = s.along.RawRowView(b)
		s.directions[b].draw(rng, dof)
	}
	return s
}

func (s *spins) project(residual *mat.Dense) {
	s.projection = new(mat.Dense)
	s.projection.Mul(s.along, residual)
}

// newScramblingSpins draws directions in the space of the scramblings, whose axis is that of their mean: as the
// replicates are centred, it takes no part in the projection.
func newScramblingSpins(draws int, replicates *mat.Dense, rng *rand.Rand) *spins {
	r, _ := replicates.Dims()
	s := newSpins(draws, r, r, rng)
	for b := range s.directions {
		v := &s.directions[b]
		sum := 0.0
		for _, g := range v.along {
			sum += g
		}
		v.axis = sum / math.Sqrt(float64(r))
		v.square -= v.axis * v.axis
	}
	s.project(replicates)
	return s
}

// largest |t|, and where.
func (c *contest) largest() (t float64, at int) {
	for j, v := range c.t {
		if math.Abs(v) > t {
			t, at = math.Abs(v), j
		}
	}
	return t, at
}

// groupLargest is the largest |t| in one group.
func (c *contest) groupLargest(o int) (t float64) {
	for j := o; j < len(c.t); j += len(c.max) {
		t = max(t, math.Abs(c.t[j]))
	}
	return t
}

// exceedance is the p-value (1 + #{draw ≥ t}) / (B + 1).
func exceedance(draws []float64, t float64) float64 {
	count := 1
	for _, v := range draws {
		if v >= t {
			count++
		}
	}
	return float64(count) / float64(len(draws)+1)
}

// pvalue is that of the maximum over the listed groups (all if none is).
func (f *fit) pvalue(c *contest, groups ...int) float64 {
	if groups == nil {
		groups = upTo(len(c.max))
	}
	draws, t := make([]float64, len(c.pivot)), 0.0
	for _, o := range groups {
		for b, v := range c.max[o] {
			draws[b] = max(draws[b], v)
		}
		t = max(t, c.groupLargest(o))
	}
	var rotated, unknown []int
	for j := range c.t {
		switch {
		case !slices.Contains(groups, j%len(c.max)):
		case c.unknown(j):
			unknown = append(unknown, j)
		default:
			rotated = append(rotated, j)
		}
	}
	return f.tail(c, t, draws, rotated, unknown)
}

// tail is the probability that the largest |t| reaches t: draws are those of the rotated points, the others are of unknown
// error.
func (f *fit) tail(c *contest, t float64, draws []float64, rotated, unknown []int) float64 {
	if rotated == nil {
		return min(1, f.union(c, t, unknown))
	}
	p := exceedance(draws, t)
	if p > 1/float64(len(draws)+1) {
		return min(1, p+f.union(c, t, unknown))
	}
	return min(p, f.union(c, t, rotated)) + f.union(c, t, unknown)
}

// union is Bonferroni's bound on the p-value of t at the points, each by Student's t: with Welch's degrees of freedom where
// replicates tell the theory's error (used beyond the resolution of the draws, where it is nearly sharp), and with those
// of the data where it is of known size. The latter is never too small: what is known of the variance makes the tails
// lighter.
func (f *fit) union(c *contest, t float64, points []int) float64 {
	p := 0.0
	for _, j := range points {
		p += 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: f.degrees(c, j)}.Survival(t)
	}
	return min(1, p)
}

// degrees of freedom of t at a point: Welch's where replicates tell the theory's error, else those of the data.
func (f *fit) degrees(c *contest, j int) float64 {
	dof := float64(f.dof)
	if c.replicates == nil || c.theorySE[j] == 0 {
		return dof
	}
	r, _ := c.replicates.Dims()
	a, b := c.se[j]*c.se[j], c.theorySE[j]*c.theorySE[j]
	return (a + b) * (a + b) / (a*a/dof + b*b/float64(r-1))
}

// oneSided is the quantile of Student's t at a point: the error there stays below estimate + quantile · standard error with
// this confidence.
func (f *fit) oneSided(c *contest, j int, confidence float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: f.degrees(c, j)}.Quantile(confidence)
}

// critical is what the largest |t| about the estimate exceeds with probability at most 1 - confidence.
func (f *fit) critical(c *contest, confidence float64) float64 {
	q := quantile(c.pivot, confidence)
	var unknown []int
	for j := range c.t {
		if c.unknown(j) {
			unknown = append(unknown, j)
		}
	}
	if unknown == nil {
		return q
	}
	misses := func(q float64) float64 {
		p := f.union(c, q, unknown)
		if len(unknown) < len(c.t) {
			p += exceedance(c.pivot, q)
		}
		return p
	}
	low, high := q, 2*q+2
	for misses(high) > 1-confidence && high < 1e6 {
		high *= 2
	}
	for high-low > 1e-6 {
		if middle := (low + high) / 2; misses(middle) > 1-confidence {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// quantile of draws, which it sorts: the smallest value that at least a fraction q of (draws + one more) do not exceed.
func quantile(draws []float64, q float64) float64 {
	slices.Sort(draws)
	i := int(math.Ceil(q*float64(len(draws)+1))) - 1
	return draws[min(max(i, 0), len(draws)-1)]
}
