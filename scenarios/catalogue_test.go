package scenarios

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"
)

// A naiveRun trains one replica in the most obvious way, to see that a catalogue entry learns and does not diverge. It
// returns the cosine similarities and the train loss at each step.
type naiveRun struct {
	s          *Scenario
	rng        *rand.Rand
	d, n       int
	x          [][]float64
	y          []float64
	teacher    [][]float64
	cosine     [][]float64 // [t][unit·teacher]
	trainLoss  []float64
	root       func([]float64) // applies Σ^{1/2}
	mask       Mask
	maskStates []uint8
}

func (r *naiveRun) normals(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.rng.NormFloat64()
	}
	return v
}

func (r *naiveRun) levels(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.rng.Float64() + 0x1p-54
	}
	return v
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

// rootOf is Σ^{1/2} at dimension d.
func rootOf(c Covariance, d int) func([]float64) {
	if c.Diagonal() {
		return func(v []float64) {
			for i := range v {
				v[i] *= math.Sqrt(c.Quantile((float64(i) + 0.5) / float64(d)))
			}
		}
	}
	fft := fourier.NewFFT(d)
	return func(v []float64) {
		modes := fft.Coefficients(nil, v)
		for j := range modes {
			modes[j] *= complex(math.Sqrt(c.Density(2*math.Pi*float64(j)/float64(d)))/float64(d), 0)
		}
		fft.Sequence(v, modes)
	}
}

// data draws a design and its labels.
func (r *naiveRun) data() {
	r.x, r.y = make([][]float64, r.n), make([]float64, r.n)
	noise := r.levels(r.n)
	h := make([]float64, len(r.teacher))
	for i := range r.x {
		row := r.normals(r.d)
		scale := 1 / math.Sqrt(float64(r.d))
		if m := r.s.Data.Mixture; m != nil {
			scale *= math.Sqrt(m.Variance)
		}
		for j := range row {
			row[j] *= scale
		}
		r.root(row)
		if m := r.s.Data.Mixture; m != nil {
			u, k := r.rng.Float64(), 0
			for u > m.Weights[k] && k < len(m.Weights)-1 {
				u -= m.Weights[k]
				k++
			}
			for j := range row {
				row[j] += m.Positions[k] * r.teacher[0][j] / float64(r.d)
			}
			r.y[i] = m.Labels[k]
		} else {
			for m := range h {
				h[m] = dot(row, r.teacher[m])
			}
			r.y[i] = r.s.Teacher.Label.Label(h, r.s.Teacher.Noise.Quantile(noise[i]))
		}
		r.x[i] = row
	}
}

// batch draws the weights s_i of one step. Exact masks are drawn as if they were not: their law for one sample is the
// same, which is all that matters here.
func (r *naiveRun) batch(t int) []float64 {
	weights := make([]float64, r.n)
	if r.mask.Fresh() {
		r.data()
	}
	for i := range weights {
		on := r.rng.Float64() < r.mask.Probability(t, r.maskStates[i])
		r.maskStates[i] = r.mask.Next(t, r.maskStates[i], on)
		if on {
			weights[i] = 1 / r.s.Method.Batch.Fraction
		}
	}
	return weights
}

func (r *naiveRun) record(w [][]float64) {
	var cosines []float64
	fields := r.fields(w)
	losses := make([]float64, r.n)
	r.s.Student.Losses(losses, fields, r.y)
	for k := range w {
		for m := range r.teacher {
			cosines = append(cosines, dot(w[k], r.teacher[m])/math.Sqrt(dot(w[k], w[k])*dot(r.teacher[m], r.teacher[m])))
		}
	}
	r.cosine = append(r.cosine, cosines)
	sum := 0.0
	for _, l := range losses {
		sum += l / float64(r.n)
	}
	r.trainLoss = append(r.trainLoss, sum)
}

func (r *naiveRun) fields(p [][]float64) [][]float64 {
	fields := make([][]float64, len(p))
	for k := range p {
		fields[k] = make([]float64, r.n)
		for i, row := range r.x {
			fields[k][i] = dot(row, p[k])
		}
	}
	return fields
}

func train(s *Scenario, d int, seed uint64) *naiveRun {
	n, err := s.Samples(d)
	if err != nil {
		panic(err)
	}
	r := &naiveRun{s: s, rng: rand.New(rand.NewPCG(seed, 7)), d: d, n: n, mask: s.Mask(), maskStates: make([]uint8, n), root: rootOf(s.Data.Covariance, d)}
	for range s.Teacher.Units {
		v := make([]float64, d)
		s.Teacher.Weights.Fill(v, r.levels(d))
		r.teacher = append(r.teacher, v)
	}
	r.data()
	k := s.Student.Units
	w, previous, state, optimizer := make([][]float64, k), make([][]float64, k), make([][][]float64, k), s.Optimizer()
	for i := range w {
		w[i] = r.normals(d)
		for j := range w[i] {
			w[i][j] *= math.Sqrt(s.Init.Norm)
			for m, v := range r.teacher {
				w[i][j] += s.Init.Overlap[i][m] * v[j]
			}
		}
		previous[i] = w[i]
		for range optimizer.States() {
			state[i] = append(state[i], make([]float64, d))
		}
	}
	inner := func(a, b []float64) float64 { return dot(a, b) / float64(d) }
	r.record(w)
	for t := range s.Method.Steps {
		weights := r.batch(t)
		p := make([][]float64, k)
		for i := range p {
			p[i] = make([]float64, d)
			for j := range p[i] {
				p[i][j] = w[i][j] + optimizer.LookAhead(t)*(w[i][j]-previous[i][j])
			}
		}
		gradients := make([][]float64, k)
		for i := range gradients {
			gradients[i] = make([]float64, r.n)
		}
		s.Student.Gradients(gradients, r.fields(p), r.y)
		next := make([][]float64, k)
		for i := range next {
			u := make([]float64, d)
			for sample, row := range r.x {
				if g := gradients[i][sample] * weights[sample]; g != 0 {
					for j, x := range row {
						u[j] += g * x
					}
				}
			}
			next[i] = make([]float64, d)
			move := Move{T: t, Next: next[i], W: w[i], Previous: previous[i], P: p[i], U: u, State: state[i], Inner: inner}
			if optimizer.NoiseScale(t) > 0 {
				move.Noise = r.normals(d)
			}
			optimizer.Step(move)
		}
		previous, w = w, next
		r.record(w)
	}
	return r
}

func TestCatalogueLearnsScratch(t *testing.T) {
	for _, s := range Catalogue() {
		d := 400
		r := train(s, d, 1)
		T := s.Method.Steps
		t.Logf("%-24s cos %.3f -> %.3f -> %.3f  loss %.4f %.4f %.4f %.4f", s.Name, r.cosine[0], r.cosine[T/3], r.cosine[T], r.trainLoss[0], r.trainLoss[1], r.trainLoss[T/3], r.trainLoss[T])
	}
}
