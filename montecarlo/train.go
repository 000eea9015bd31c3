package montecarlo

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync/atomic"

	"limitcheck/montecarlo/internal/kernel"
	"limitcheck/scenarios"
)

// Beyond these a run has diverged, though its numbers are still finite.
const (
	largestWeight = 1e10  // root mean square
	largestField  = 1e100 // and gradient
)

// A DivergenceError says that a replica's numbers left the range where they mean anything, and at which step that began:
// W_Step is the first bad weight, or the field or gradient computed from it.
type DivergenceError struct {
	Scenario           string
	Dim, Replica, Step int
	What               string // "weights", "local fields", "gradients" or an observable
}

// Error says which replica diverged, where and what may help.
func (e *DivergenceError) Error() string {
	return fmt.Sprintf("%s: d = %d, replica %d: the %s diverge at step %d; a smaller learning rate may help",
		e.Scenario, e.Dim, e.Replica, e.What, e.Step)
}

// A trainer is one replica in the making. Vectors are one a unit, of length d (weights) or n (fields).
type trainer struct {
	scenario *scenarios.Scenario
	job      Job
	engine   Engine
	set      Settings
	pool     pool
	key      streamKey

	optimizer scenarios.Optimizer
	mask      scenarios.Mask
	model     scenarios.Model
	lookAhead bool // β_t ≠ 0 at some t
	samples   int  // n; of one batch if the batches are fresh
	weight    float64

	root          *root
	teacher       [][]float64
	rootedTeacher [][]float64 // Σ^{1/2} W*
	w, previous   [][]float64
	p, next, u    [][]float64
	rooted        [][]float64 // Σ^{1/2} W
	state         [][][]float64
	noise         [][]float64
	theta         []float64   // the student's own parameters
	slopes        [][]float64 // ∂ℓ/∂θ at every sample, 0 outside the batch
	levels        []float64   // of a student that is trained with chance of its own, one a sample; else nil

	matrix  matrix
	data    *dataset
	batches *batches
	r       [][]float64  // X P_t
	rw      [][]float64  // X W_t; the same memory if there is no look-ahead
	mean    *runningMean // what is observed in the place of W_t; nil: W_t is
	scratch []float64    // one number a sample
	wrong   []bool       // the same; nil where no sample can be
	bad     atomic.Pointer[string]

	population  *population
	heldOut     *heldOut // in its place where the law of fields is not known; else nil
	picked      []int    // rows of a file: first those to train on
	controls    *controls
	innovations innovations
	recorder    *recorder
	observables []scenarios.Observable
	values      [][]float64 // [t][observable]
}

func newTrainer(s *scenarios.Scenario, key streamKey, job Job, engine Engine, set Settings) *trainer {
	t := &trainer{
		scenario: s, job: job, engine: engine, set: set, pool: pool{set.Workers, set.ctx}, key: key,
		optimizer: s.Method.Optimizer, mask: s.Method.Batch, model: s.Student.Model(), root: rootOf(s, job.Dim),
		weight: 1 / s.Method.Batch.Size(), observables: s.Definitions(),
	}
	t.samples = datasetSize(s, job.Dim)
	for step := 1; step < s.Method.Steps; step++ { // P_0 = W_0 whatever β_0
		t.lookAhead = t.lookAhead || t.optimizer.LookAhead(step) != 0
	}
	t.drawWeights()
	units, d := s.Student.Units, job.Dim
	t.next, t.u, t.p = newVectors(units, d), newVectors(units, d), t.w
	if t.lookAhead {
		t.p = newVectors(units, d)
	}
	for range units {
		t.state = append(t.state, newVectors(t.optimizer.States(), d))
	}
	t.theta = t.model.Parameters().Start()
	t.slopes = newVectors(len(t.theta), t.samples)
	t.r = newVectors(units, t.samples)
	t.rw = t.r
	if t.lookAhead {
		t.rw = newVectors(units, t.samples)
	}
	t.mean = newRunningMean(s, d, t.samples)
	most := t.samples
	if !knowsFields(s) {
		most = max(most, heldOutSize(s, most))
	}
	t.scratch = make([]float64, most)
	if scenarios.Random(t.model) {
		t.levels = make([]float64, t.samples)
	}
	if s.HasErrors() {
		t.wrong = make([]bool, most)
	}
	points := set.points
	if points == 0 {
		points = populationPoints(s, d)
	}
	t.population = newPopulation(s, points, t.key, t.pool)
	t.recorder = newRecorder(s, t.samples)
	t.newData(0)
	if !knowsFields(s) {
		t.heldOut = t.newHeldOut()
	}
	t.batches = newBatches(t.mask, t.samples, t.key, t.pool)
	return t
}

// drawWeights draws W* and W_0 = overlap·W* + sqrt(norm) ξ.
func (t *trainer) drawWeights() {
	s, d := t.scenario, t.job.Dim
	t.teacher = newVectors(s.Teacher.Units, d)
	levels := make([]float64, d)
	fixed := s.FixedTeacher()
	for m, w := range t.teacher {
		if fixed != nil {
			copy(w, fixed[m])
			continue
		}
		fillLevels(levels, t.key, t.pool, forTeacher, uint64(m))
		s.Teacher.Weights.Fill(w, levels)
	}
	t.w = newVectors(s.Student.Units, d)
	t.previous = newVectors(s.Student.Units, d)
	for k, w := range t.w {
		fillNormals(w, t.key, t.pool, forInit, uint64(k))
	}
	t.rootedTeacher = t.teacher
	if !t.root.identity() {
		t.rootedTeacher, t.rooted = newVectors(len(t.teacher), d), newVectors(len(t.w), d)
		for m, w := range t.teacher {
			t.root.apply(t.rootedTeacher[m], 1, w)
		}
	}
	t.controls = newControls(t) // sees ξ
	for k, w := range t.w {
		scale := math.Sqrt(s.Init.Norm)
		for i := range w {
			w[i] *= scale
		}
		for m, v := range t.teacher {
			if s.Init.Overlap != nil { // a minimiser has no start
				kernel.Axpy(w, s.Init.Overlap[k][m], v)
			}
		}
		copy(t.previous[k], w)
	}
}

// rootedWeights computes Σ^{1/2} of weights.
func (t *trainer) rootedWeights(weights [][]float64) [][]float64 {
	if t.scenario.Data.Features != "" && t.heldOut != nil { // Σ^{1/2} is not known, but ⟨a, Σb⟩ is a mean over rows
		t.heldOut.data.fields(t.heldOut.r, weights)
		return t.heldOut.r
	}
	if t.root.identity() {
		return weights
	}
	for k, w := range weights {
		t.root.apply(t.rooted[k], 1, w)
	}
	return t.rooted
}

// newData draws the samples; fresh batches, number batch.
func (t *trainer) newData(batch int) {
	key := t.key
	if batch > 0 {
		key = key.batch(batch)
	}
	t.close()
	t.matrix = t.newOperator(key, t.samples)
	t.recorder.operator = t.matrix
	t.data = newDataset(t.scenario, t.recorder, t.samples, t.root, t.teacher, key, t.pool)
}

// newOperator makes a new Z.
func (t *trainer) newOperator(key streamKey, n int) matrix {
	d := t.job.Dim
	if t.set.operator != nil {
		return t.set.operator(n, d, key)
	}
	if f, _ := t.scenario.Features(); f != nil {
		return t.rowsOf(f, n)
	}
	if t.engine == Dense {
		stream := func(block int) *rand.Rand { return key.stream(forMatrix, uint64(block)) }
		return newDense(n, d, t.scenario.Data.Entries, stream, t.pool, t.set.Float32)
	}
	inputs, outputs := directions(t.scenario)
	if t.set.Float32 {
		c := newConditioning[float32](n, d, inputs, outputs, len(t.w), key, t.pool)
		c.watch = true
		return c
	}
	c := newConditioning[float64](n, d, inputs, outputs, len(t.w), key, t.pool)
	c.watch = true
	return c
}

// close gives the matrix back. It takes the system a second to take back some gigabytes, for which nobody who interrupts
// should wait.
func (t *trainer) close() {
	switch {
	case t.matrix == nil:
	case t.pool.stopped():
		go t.matrix.free()
	default:
		t.matrix.free()
	}
	t.matrix = nil
}

// run trains and records. progress may be nil.
func (t *trainer) run(ctx context.Context, progress func(done, total int)) error {
	if m, static := t.scenario.Method.Minimizer(); static {
		return t.minimise(ctx, m, progress)
	}
	steps := t.scenario.Method.Steps
	for step := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := t.step(step); err != nil {
			return err
		}
		if progress != nil {
			progress(step+1, steps+1)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	covariance, err := t.order(steps)
	if err != nil {
		return err
	}
	if t.mask.Fresh() {
		t.newData(steps)
	}
	t.data.fields(t.rw, t.w)
	t.averageFields(steps)
	if err := t.record(steps, covariance); err != nil {
		return err
	}
	if progress != nil {
		progress(steps+1, steps+1)
	}
	return nil
}

// step records W_t and goes on to W_{t+1}.
func (t *trainer) step(step int) error {
	covariance, err := t.order(step)
	if err != nil {
		return err
	}
	beta := 0.0
	if step > 0 {
		beta = t.optimizer.LookAhead(step)
	}
	if t.lookAhead {
		for k, p := range t.p {
			copy(p, t.w[k])
			if beta != 0 {
				kernel.Axpy(p, beta, t.w[k])
				kernel.Axpy(p, -beta, t.previous[k])
			}
		}
	} else {
		t.p = t.w
	}
	if t.mask.Fresh() {
		if step > 0 {
			t.newData(step)
		}
		if t.lookAhead {
			t.data.fields(t.rw, t.w)
		}
	} else {
		t.batches.draw(step)
	}
	fillLevels(t.levels, t.key, t.pool, forDropout, uint64(step))
	t.data.step(t.u, t.p, t.gradients)
	if what := t.bad.Load(); what != nil {
		return t.diverged(*what, step)
	}
	if t.lookAhead && !t.mask.Fresh() {
		// P_t = (1+β) W_t - β W_{t-1}, and so for the fields.
		for k, r := range t.r {
			for i, x := range r {
				t.rw[k][i] = (x + beta*t.rw[k][i]) / (1 + beta)
			}
		}
	}
	t.averageFields(step)
	if err := t.record(step, covariance); err != nil {
		return err
	}
	if step == 0 {
		t.controls.first(t, covariance)
	}
	t.innovations.step(t, step)
	t.update(step)
	return nil
}

// update makes W_{t+1} the current weights, and likewise for the student's own parameters.
func (t *trainer) update(step int) {
	gradient := make([]float64, len(t.theta))
	for j, slopes := range t.slopes {
		for _, x := range slopes {
			gradient[j] += x
		}
		gradient[j] *= t.weight / float64(t.job.Dim)
	}
	t.model.Parameters().Step(step, t.theta, gradient)
	move := scenarios.Move{
		T: step, Next: t.next, W: t.w, Previous: t.previous, P: t.p, U: t.u, State: t.state, Inner: inner,
	}
	if t.optimizer.NoiseScale(step) > 0 {
		if t.noise == nil {
			t.noise = newVectors(len(t.w), t.job.Dim)
		}
		for k, noise := range t.noise {
			fillNormals(noise, t.key, t.pool, forNoise, uint64(step), uint64(k))
		}
		move.Noise = t.noise
		t.innovations.noise(t)
	}
	t.scenario.Method.Resize(t.u, inner)
	t.optimizer.Step(move)
	for k := range t.w {
		t.previous[k], t.w[k], t.next[k] = t.w[k], t.next[k], t.previous[k]
	}
}

// gradients turns local fields at P into masked per-sample gradients, and keeps the fields.
func (t *trainer) gradients(lo, hi int, g, r [][]float64) {
	for k := range r {
		copy(t.r[k][lo:hi], r[k])
		if !within(r[k], largestField) {
			t.bad.CompareAndSwap(nil, &[]string{"local fields"}[0])
		}
	}
	y, slopes, levels := t.data.y[lo:hi], section(t.slopes, lo, hi), t.levels
	if levels != nil {
		levels = levels[lo:hi]
	}
	if t.mask.Fresh() || t.batches.all {
		scenarios.Gradients(t.model, g, slopes, r, t.theta, y, levels)
		t.finish(g)
		return
	}
	// Only the samples of the batch: packed to the front, and back again from behind. No branch depends on the mask, which
	// no processor could predict.
	on, packed, count := t.batches.on[lo:hi], t.scratch[lo:hi], 0
	for i, in := range on {
		packed[count] = y[i]
		count += int(in)
	}
	for k := range r {
		pack(r[k], on)
	}
	if levels != nil {
		pack(levels, on)
		levels = levels[:count]
	}
	front := section(g, 0, count)
	scenarios.Gradients(t.model, front, section(slopes, 0, count), section(r, 0, count), t.theta, packed[:count], levels)
	for _, x := range slopes {
		clear(x[count:])
	}
	t.finish(front)
	for k := range g {
		unpack(g[k], on, count)
	}
}

// pack moves the entries of x that are on to the front.
func pack(x []float64, on []uint8) {
	count := 0
	for i, in := range on {
		x[count] = x[i]
		count += int(in)
	}
}

// unpack moves the first count entries of x to where on says, and puts 0 elsewhere.
func unpack(x []float64, on []uint8, count int) {
	for i := len(on) - 1; i >= 0; i-- {
		count -= int(on[i])
		x[i] = math.Float64frombits(math.Float64bits(x[count]) & -uint64(on[i]))
	}
}

// finish scales gradients by the samples' weight and checks them.
func (t *trainer) finish(g [][]float64) {
	for k := range g {
		if !within(g[k], largestField) {
			t.bad.CompareAndSwap(nil, &[]string{"gradients"}[0])
		}
		if t.weight != 1 {
			for i := range g[k] {
				g[k][i] *= t.weight
			}
		}
	}
}

// within reports whether all entries are at most limit in size; a NaN is not.
func within(x []float64, limit float64) bool {
	for _, v := range x {
		if !(math.Abs(v) <= limit) {
			return false
		}
	}
	return true
}

// order computes the covariance of the fields (h, r) of a fresh sample, [[ρ, Mᵀ],[M, C]] (lower triangle), at the weights
// that are observed at W_t.
func (t *trainer) order(step int) ([][]float64, error) {
	rooted := t.rootedWeights(t.w)
	t.recorder.weights(step, rooted)
	if t.mean != nil {
		t.mean.take(t.mean.weights, t.w, step)
		rooted = t.rootedWeights(t.mean.weights)
	}
	a := t.covariance(rooted)
	for k := range t.w {
		m := len(t.teacher) + k
		if !(a[m][m] <= largestWeight*largestWeight) {
			return nil, t.diverged("weights", step)
		}
	}
	return a, nil
}

// gram is the lower triangle of ⟨x_i, x_j⟩.
func gram(x [][]float64) [][]float64 {
	a := newVectors(len(x), len(x))
	for i := range x {
		for j := range i + 1 {
			a[i][j] = inner(x[i], x[j])
		}
	}
	return a
}

// probes lists scenario.Probes() of the finished run.
func (t *trainer) probes() []float64 {
	return t.recorder.probes.List(t.recorder.trajectory(t.seenFields(), t.data.y, t.seen(), t.teacher))
}

// record appends the observables of W_t, or of what is observed in its place. covariance is that of the fields (h, r) of a fresh sample.
func (t *trainer) record(step int, covariance [][]float64) error {
	t.population.place(covariance)
	x := &scenarios.State{Train: t.risk(t.seenFields(), t.data.y), Test: t.test(), Parameters: t.theta}
	teachers := len(t.teacher)
	x.Teacher = covariance[:teachers]
	for _, row := range covariance[teachers:] {
		x.Overlap, x.Student = append(x.Overlap, row[:teachers]), append(x.Student, row[teachers:])
	}
	row := scenarios.Row(t.observables, x)
	for j, v := range row {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return t.diverged("observable "+t.observables[j].Name, step)
		}
	}
	t.values = append(t.values, row)
	return nil
}

// means are ⟨v_m, w_k⟩, of which the means of a mixture's fields are made. Without one they are not used.
func (t *trainer) means(w [][]float64) [][]float64 {
	if means := t.data.means(w); means != nil {
		return means
	}
	return newVectors(len(w), 1)
}

// risk is that over all samples, in the batch or not, given their fields.
func (t *trainer) risk(r [][]float64, y []float64) (risk scenarios.Risk) {
	sums := make([]scenarios.Risk, pieceCount(len(y)))
	t.pool.pieces(len(y), func(piece, lo, hi int) {
		losses, wrong := t.scratch[lo:hi], t.wrong
		if wrong != nil {
			wrong = wrong[lo:hi]
		}
		t.model.Evaluate(losses, wrong, section(r, lo, hi), t.theta, y[lo:hi])
		sums[piece] = total(losses, wrong)
	})
	for _, s := range sums {
		risk.Loss += s.Loss
		risk.Error += s.Error
	}
	risk.Loss /= float64(len(y))
	risk.Error /= float64(len(y))
	return risk
}

// total is the sum of the losses and the number of those that are wrong.
func total(losses []float64, wrong []bool) (risk scenarios.Risk) {
	for _, x := range losses {
		risk.Loss += x
	}
	for _, w := range wrong {
		if w {
			risk.Error++
		}
	}
	return risk
}

func (t *trainer) diverged(what string, step int) error {
	return &DivergenceError{Scenario: t.scenario.Name, Dim: t.job.Dim, Replica: t.job.Index, Step: step, What: what}
}
