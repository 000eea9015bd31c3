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
	row        int        // points in a row of the curve; 0: max|t| alone is asked for
	prefixes   bool       // ask the battery of every first rows of the curve too
	loose      *mat.Dense // rows whose inner products are the least errors' covariance, if they went together; nil: rounding

	t []float64
	// Without the points of unknown error: max[o][b] is the largest |t*| among the points of group o in draw b; pivot[b] is the largest |t*| of all when the
	// rotated residuals are taken about the estimate, not about the prediction: the pivot behind simultaneous bands.
	max     [][]float64
	pivot   []float64
	battery *battery // of statistics beside max|t|; nil: none
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
		f.prepare(k, c, draws)
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
		var along, alongTheory *mat.Dense
		if c.battery != nil {
			along = c.battery.along(data.projection)
			if scrambled != nil {
				alongTheory = c.battery.along(scrambled.projection)
			}
		}
		for b := range to - from {
			u, p, q := f.newTurn(k, data, scrambled, b)
			f.rotateOnce(c, u, p, q, from+b)
			if along != nil {
				var y []float64
				if alongTheory != nil {
					y = alongTheory.RawRowView(b)
				}
				c.battery.turn(u, p, q, along.RawRowView(b), y, from+b)
				c.battery.turnRows(f, c, u, p, q, from+b)
			}
		}
	}
}

// A turn is one random rotation of the residuals and, independently, of the replicates.
type turn struct {
	data, theory        *direction // theory nil: none
	vk, n, r            float64
	length, theoryAll   float64
	scale, scalePivot   float64
	ofTheory, pivotOfIt float64
}

// newTurn is draw b of the directions, with the projections of residuals and replicates on them.
func (f *fit) newTurn(k int, data, scrambled *spins, b int) (u turn, p, q []float64) {
	u = turn{data: &data.directions[b], vk: f.cov.At(k, k), n: float64(f.dof)}
	u.length = u.data.square + u.data.axis*u.data.axis
	u.scale, u.scalePivot = math.Sqrt(u.vk/u.length), math.Sqrt(u.vk/u.data.square)
	if scrambled != nil {
		u.theory, q = &scrambled.directions[b], scrambled.projection.RawRowView(b)
		u.r = float64(scrambled.size)
		u.theoryAll = u.theory.square + u.theory.axis*u.theory.axis
		u.ofTheory, u.pivotOfIt = math.Sqrt(u.r*u.theoryAll), math.Sqrt(u.r*u.theory.square)
	}
	return u, data.projection.RawRowView(b), q
}

// squares are t*² and the pivot's at a point with this observed t and these errors; p and q are its projections.
func (u *turn) squares(t, deviation, theorySE, floor, p, q float64) (about, pivot float64) {
	// The residuals along the direction; about the prediction, they have the observed difference as one more
	// component, t·deviation: the share of it that is the data's.
	ss, z := u.n*deviation*deviation, t*deviation
	along, square := u.data.axis*z+p, p*p/u.data.square
	num, numPivot := u.scale*along, u.scalePivot*p
	den, denPivot := u.vk*(ss+z*z-along*along/u.length)/u.n, u.vk*(ss-square)/(u.n-1)
	if u.theory != nil {
		ss, z := u.r*(u.r-1)*theorySE*theorySE, math.Sqrt(u.r)*theorySE*t
		along := u.theory.axis*z + q
		num -= along / u.ofTheory
		den += (ss + z*z - along*along/u.theoryAll) / (u.r * (u.r - 1))
		numPivot -= q / u.pivotOfIt
		denPivot += (ss - q*q/u.theory.square) / (u.r * (u.r - 2))
	}
	floor *= floor
	return num * num / (den + floor), numPivot * numPivot / (denPivot + floor)
}

// difference is the turned difference along any combination of points: z and theory are the observed one in units of the
// residuals and of the replicates, p and q its projections.
func (u *turn) difference(z, theory, p, q float64) float64 {
	d := u.scale * (u.data.axis*z + p)
	if u.theory != nil {
		d -= (u.theory.axis*theory + q) / u.ofTheory
	}
	return d
}

// rotateOnce turns one pair of directions into the maxima of draw number at.
func (f *fit) rotateOnce(c *contest, u turn, p, q []float64, at int) {
	groups := len(c.max)
	for j, t := range c.t {
		if c.unknown(j) {
			continue
		}
		scrambled := 0.0
		if q != nil {
			scrambled = q[j]
		}
		about, pivot := u.squares(t, f.deviation[j], c.theorySE[j], c.floor[j], p[j], scrambled)
		if o := j % groups; about > c.max[o][at] {
			c.max[o][at] = about
		}
		if pivot > c.pivot[at] {
			c.pivot[at] = pivot
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

// pvalue of a contest: of the smallest p-value of its statistics, Bonferroni's weighted bound over the points that rotate and
// those that do not, where both are there.
func (f *fit) pvalue(c *contest) float64 {
	b := c.battery
	if b == nil {
		return f.largestPValue(c)
	}
	draws, t := make([]float64, len(c.pivot)), 0.0
	for _, list := range c.max {
		for i, v := range list {
			draws[i] = max(draws[i], v)
		}
	}
	var rotated, unknown []int
	other := 0.0
	for j, v := range c.t {
		if c.unknown(j) {
			unknown, other = append(unknown, j), max(other, math.Abs(v))
		} else {
			rotated, t = append(rotated, j), max(t, math.Abs(v))
		}
	}
	statistics, observed := [][]float64{draws, b.hotellings}, []float64{t, b.hotelling}
	if b.innovations != nil {
		statistics, observed = append(statistics, b.innovation), append(observed, b.t)
	}
	p, unresolved := least(statistics, observed)
	if unresolved {
		p = min(p, f.certain(c, t, rotated))
	}
	return f.both(c, p, other, unknown, len(c.t))
}

// both joins the p-value of the points that rotate with that of those that do not, whose largest |t| is other, by
// Bonferroni's bound, weighted by their numbers.
func (f *fit) both(c *contest, p, other float64, unknown []int, points int) float64 {
	switch weight := float64(len(unknown)) / float64(points); weight {
	case 0:
		return p
	case 1:
		return f.union(c, other, unknown)
	default:
		return min(1, p/(1-weight), f.union(c, other, unknown)/weight)
	}
}

// certain bounds the p-value of a battery by the union of its statistics' laws.
func (f *fit) certain(c *contest, t float64, rotated []int) float64 {
	innovations, hotelling := c.battery.bound(f, c)
	smallest, count := min(f.union(c, t, rotated), hotelling), 2.0
	if c.battery.innovations != nil {
		smallest, count = min(smallest, innovations), 3
	}
	return min(1, count*smallest)
}

// largestPValue is that of the maximum of |t| over the listed groups (all if none is).
func (f *fit) largestPValue(c *contest, groups ...int) float64 {
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
