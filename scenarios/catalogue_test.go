package scenarios

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
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
	theta      []float64
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
				row[j] *= math.Sqrt(m.Variance[k])
				for l, v := range r.teacher {
					row[j] += m.Positions[k][l] * v[j] / float64(r.d)
				}
			}
			r.y[i] = m.Labels[k]
		} else {
			for m := range h {
				h[m] = dot(row, r.teacher[m])
			}
			r.y[i] = r.s.Teacher.Label.Label(h, r.s.LabelNoise().Quantile(noise[i]))
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
			weights[i] = 1 / r.s.Method.Batch.Size()
		}
	}
	return weights
}

func (r *naiveRun) record(w [][]float64) {
	var cosines []float64
	fields := r.fields(w)
	losses := make([]float64, r.n)
	r.s.Student.Model().Evaluate(losses, nil, fields, r.theta, r.y)
	for k := range w {
		for m := range r.teacher {
			size := math.Sqrt(dot(w[k], w[k]) * dot(r.teacher[m], r.teacher[m]))
			cosines = append(cosines, dot(w[k], r.teacher[m])/max(size, 1e-300)) // 0 at a start from zero
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
	r := &naiveRun{s: s, rng: rand.New(rand.NewPCG(seed, 7)), d: d, n: n, mask: s.Method.Batch, maskStates: make([]uint8, n), root: rootOf(s.Data.Covariance, d)}
	parameters := s.Student.Model().Parameters()
	r.theta = parameters.Start()
	for range s.Teacher.Units {
		v := make([]float64, d)
		s.Teacher.Weights.Fill(v, r.levels(d))
		r.teacher = append(r.teacher, v)
	}
	r.data()
	k := s.Student.Units
	w, previous, state, optimizer := make([][]float64, k), make([][]float64, k), make([][][]float64, k), s.Method.Optimizer
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
		slopes := make([][]float64, len(r.theta))
		for j := range slopes {
			slopes[j] = make([]float64, r.n)
		}
		Gradients(s.Student.Model(), gradients, slopes, r.fields(p), r.theta, r.y, r.levels(r.n))
		own := make([]float64, len(slopes))
		for j := range slopes {
			own[j] = dot(slopes[j], weights) / float64(d)
		}
		parameters.Step(t, r.theta, own)
		move := Move{T: t, W: w, Previous: previous, P: p, State: state, Inner: inner}
		for i := range k {
			u := make([]float64, d)
			for sample, row := range r.x {
				if g := gradients[i][sample] * weights[sample]; g != 0 {
					for j, x := range row {
						u[j] += g * x
					}
				}
			}
			move.Next, move.U = append(move.Next, make([]float64, d)), append(move.U, u)
			if optimizer.NoiseScale(t) > 0 {
				move.Noise = append(move.Noise, r.normals(d))
			}
		}
		optimizer.Step(move)
		previous, w = w, move.Next
		r.record(w)
	}
	return r
}

// Every entry trains without diverging and learns something that can be seen: at d = 200 some cosine similarity with the
// teacher grows by more than 0.1 in magnitude (it fluctuates by at most d^{-1/2} = 0.07), and the train loss never doubles.
func TestCatalogueLearns(t *testing.T) {
	for _, s := range Catalogue() {
		if _, static := s.Method.Minimizer(); static {
			continue // nothing is learned step by step
		}
		r := train(s, 200, 1)
		first, last := r.cosine[0], r.cosine[s.Method.Steps]
		gain := 0.0
		for i := range last {
			gain = max(gain, math.Abs(last[i])-math.Abs(first[i]))
		}
		if !(gain > 0.1) {
			t.Errorf("%s: cosine similarities go from %.3f to %.3f", s.Name, first, last)
		}
		for step, loss := range r.trainLoss {
			if math.IsNaN(loss) || loss > 2*r.trainLoss[0] {
				t.Errorf("%s: train loss %g at step %d, %g at the start", s.Name, loss, step, r.trainLoss[0])
				break
			}
		}
	}
}

// A smooth loss with curvature at most ℓ” is trained with η(α(1+1/√α)² λ_max ℓ” + ridge) below 1.6, well inside the
// stability limit 2 of gradient descent.
func TestCatalogueStable(t *testing.T) {
	curvature := map[string]float64{"square": 1, "logistic": 0.25, "huber": 1}
	for _, s := range Catalogue() {
		c, smooth := curvature[Name(s.Student.Loss)]
		keys := map[string]Schedule{}
		for _, v := range s.Method.series() {
			keys[v.name] = *v.p
		}
		name := optimizers.NameOf(s.Method.Optimizer)
		if !smooth || s.Student.Units > 1 || strings.HasPrefix(name, "adam") || name == "sign" || name == "minimizer" {
			continue
		}
		values, _ := s.Data.Covariance.Nodes()
		top := 0.0
		for _, v := range values {
			top = max(top, v)
		}
		root := 1 + math.Sqrt(s.Data.Alpha)
		if m := s.Data.Mixture; m != nil {
			top = slices.Max(m.Variance)
		}
		penalty := 0.0
		if ridge := keys["ridge"]; ridge != nil {
			penalty = ridge.At(0)
		}
		if x := keys["learning_rate"].At(0) * (root*root*top*c + penalty); x > 1.6 {
			t.Errorf("%s: learning rate times the largest curvature is up to %.2f", s.Name, x)
		}
	}
}

func TestSuites(t *testing.T) {
	quick, err := Suite("quick")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range quick {
		names = append(names, s.Name)
	}
	if want := []string{"ridge-gd", "ridge-sgd", "ridge-sgd-small-batch", "logistic-sgd", "hinge-gd"}; !slices.Equal(names, want) {
		t.Errorf("quick is %v, want %v", names, want)
	}
	if _, err := Suite("quik"); err == nil || err.Error() != `unknown suite "quik", did you mean quick? (accepted: quick, full, papers)` {
		t.Error(err)
	}
	full := Catalogue()
	files, err := catalogueFiles.ReadDir("catalogue")
	if err != nil {
		t.Fatal(err)
	}
	papers, err := Suite("papers")
	if err != nil {
		t.Fatal(err)
	}
	if len(full)+len(papers) != len(files)-1 { // order.txt
		t.Errorf("order.txt lists %d entries, there are %d files", len(full)+len(papers), len(files)-1)
	}
	seen := map[string]bool{}
	for _, s := range append(full, papers...) {
		if (s.Source != "") != slices.ContainsFunc(papers, func(p *Scenario) bool { return p.Name == s.Name }) {
			t.Errorf("%s: published settings, and no others, have a source and are in the suite papers; its source is %q", s.Name, s.Source)
		}
		if again, err := Find(s.Name); err != nil || again.Name != s.Name || seen[s.Name] {
			t.Errorf("%s: the name, the file's name and order.txt differ, or it is listed twice: %v", s.Name, err)
		}
		seen[s.Name] = true
	}
}

// The quick suite's numbers are a contract.
func TestQuickNumbers(t *testing.T) {
	s, err := Find("ridge-gd")
	if err != nil {
		t.Fatal(err)
	}
	if s.Data.Alpha != 3 || *s.Method.Optimizer.(*SGD) != (SGD{LearningRate: Constant(0.1), Ridge: Constant(0.5)}) || s.Method.Batch.Size() != 1 || s.Method.Steps != 50 || s.Init.Overlap[0][0] != 0.2 || s.Init.Norm != 1 {
		t.Errorf("ridge-gd is not what it was: %+v", s)
	}
	if s, err = Find("logistic-sgd"); err != nil {
		t.Fatal(err)
	}
	if s.Data.Alpha != 2 || *s.Method.Optimizer.(*SGD) != (SGD{LearningRate: Constant(0.5), Ridge: Constant(0.1)}) || s.Method.Batch.Size() != 0.4 || s.Method.Steps != 50 || s.Init.Overlap[0][0] != 0.1 {
		t.Errorf("logistic-sgd is not what it was: %+v", s)
	}
}

func TestObservables(t *testing.T) {
	for name, want := range map[string]string{
		"ridge-gd":           "overlap norm cosine train_loss test_loss",
		"hinge-gd":           "overlap norm cosine train_loss test_loss train_error test_error",
		"mixture-two":        "overlap norm cosine train_loss test_loss train_error test_error",
		"mixture-three":      "overlap_0_0 overlap_1_0 norm_0_0 norm_0_1 norm_1_1 cosine_0_0 cosine_1_0 train_loss test_loss",
		"expression-teacher": "overlap_0_0 overlap_0_1 norm cosine_0_0 cosine_0_1 train_loss test_loss",
		"committee-tanh-logistic": "overlap_0_0 overlap_0_1 overlap_1_0 overlap_1_1 norm_0_0 norm_0_1 norm_1_1 " +
			"cosine_0_0 cosine_0_1 cosine_1_0 cosine_1_1 train_loss test_loss train_error test_error",
	} {
		s, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(s.Observables(), " "); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
