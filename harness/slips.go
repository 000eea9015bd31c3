package harness

import (
	"fmt"
	"math"
	"strings"

	"limitcheck/compare"
	"limitcheck/scenarios"
)

// A slip is a way in which programs from elsewhere come to train something else than the scenario says, or to write something
// else of it. It is one row of the table slips, and one of the table in docs/statistics.md, "Slips".
type slip struct {
	name, words string

	// It is in columns, in the scenario, or in the count of steps.
	columns func(s *scenarios.Scenario, row *row, x float64)
	problem func(s *scenarios.Scenario, m *method, x float64)
	shift   int

	number  func(s *scenarios.Scenario, m *method) *number // nil: there is none to be found
	applies func(s *scenarios.Scenario, m *method) bool    // nil: always
}

// A number is what a slip leaves open.
type number struct {
	is          float64 // as the scenario has it
	first       float64 // how far away to look first
	least, most float64
	positive    bool                          // what counts are ratios
	guesses     []float64                     // that are seen in programs
	settings    func(x float64) []setting     // what the scenario would say then
	words       func(value, by string) string // of the finding
}

type setting struct {
	key   string
	value float64
}

// A row is a row of a prediction, whose columns have names.
type row struct {
	names  []string
	values []float64
}

// of is the number in a column, whose existence is checked.
func (r *row) of(name string) *float64 {
	for j, n := range r.names {
		if n == name {
			return &r.values[j]
		}
	}
	return new(float64)
}

// each visits the columns of one kind.
func (r *row) each(kind scenarios.ObservableKind, visit func(o scenarios.Observable, v *float64)) {
	for j, n := range r.names {
		if o := scenarios.Observed(n); o.Kind == kind {
			visit(o, &r.values[j])
		}
	}
}

// A method is a copy of an optimizer whose numbers may be changed; those that it lacks are nil.
type method struct {
	scenarios.Optimizer
	rate, ridge, momentum *scenarios.Schedule
	temperature           *float64
	penalties             []*float64
	scaleFree             bool // the scale of the gradient does not matter
}

func copied(o scenarios.Optimizer) *method {
	switch o := o.(type) {
	case *scenarios.SGD:
		c := *o
		return &method{Optimizer: &c, rate: &c.LearningRate, ridge: &c.Ridge}
	case *scenarios.HeavyBall:
		c := *o
		return &method{Optimizer: &c, rate: &c.LearningRate, ridge: &c.Ridge, momentum: &c.Momentum}
	case *scenarios.Nesterov:
		c := *o
		return &method{Optimizer: &c, rate: &c.LearningRate, ridge: &c.Ridge, momentum: &c.Momentum}
	case *scenarios.Langevin:
		c := *o
		return &method{Optimizer: &c, rate: &c.LearningRate, ridge: &c.Ridge, temperature: &c.Temperature}
	case *scenarios.ISTA:
		c := *o
		return &method{Optimizer: &c, rate: &c.LearningRate, ridge: &c.Ridge, penalties: []*float64{&c.L1, &c.Fused}}
	case *scenarios.FISTA:
		c := *o
		return &method{Optimizer: &c, rate: &c.LearningRate, ridge: &c.Ridge, momentum: &c.Momentum,
			penalties: []*float64{&c.L1, &c.Fused}}
	case *scenarios.Spherical:
		c := *o
		return &method{Optimizer: &c, rate: &c.LearningRate}
	case *scenarios.SignDescent:
		c := *o
		return &method{Optimizer: &c, rate: &c.LearningRate, ridge: &c.Ridge, scaleFree: true}
	case *scenarios.Adam:
		c := *o
		return &method{Optimizer: &c, rate: &c.LearningRate, ridge: &c.Ridge, scaleFree: true}
	}
	return &method{Optimizer: o}
}

// scaled is a schedule times a number.
type scaled struct {
	scenarios.Schedule
	by float64
}

func (s scaled) At(t int) float64 { return s.by * s.Schedule.At(t) }

// scale multiplies a schedule.
func scale(p *scenarios.Schedule, by float64) {
	if c, ok := (*p).(scenarios.Constant); ok {
		*p = c * scenarios.Constant(by)
		return
	}
	*p = scaled{*p, by}
}

// constant is the number that a schedule is.
func constant(p *scenarios.Schedule) (float64, bool) {
	if p == nil {
		return 0, false
	}
	c, ok := (*p).(scenarios.Constant)
	return float64(c), ok
}

// regularised reports whether anything but the gradient moves the weights, in proportion to the learning rate.
func (m *method) regularised() bool {
	for _, p := range m.penalties {
		if *p > 0 {
			return true
		}
	}
	if m.temperature != nil {
		return true
	}
	ridge, isConstant := constant(m.ridge)
	return m.ridge != nil && (!isConstant || ridge > 0)
}

// timesAs says in words that something is a multiple of what it should be.
func timesAs(what string) func(value, by string) string {
	return func(value, by string) string {
		return fmt.Sprintf("%s is %s%s times what the scenario says", what, value, by)
	}
}

// insteadOf says it of a number that has a value of its own.
func insteadOf(what string, is float64) func(value, by string) string {
	return func(value, by string) string { return fmt.Sprintf("%s is %s%s, not %.4g", what, value, by, is) }
}

// factor is a number that multiplies settings, some of which it divides.
func factor(what string, guesses []float64, settings func(x float64) []setting) *number {
	return &number{is: 1, first: 0.02, least: 1e-6, most: 1e6, positive: true, guesses: guesses, settings: settings,
		words: timesAs(what)}
}

// scaledSetting is a schedule's setting after it was scaled: its value, or if it changes, its factor.
func scaledSetting(key string, p *scenarios.Schedule, by float64) setting {
	if c, ok := constant(p); ok {
		return setting{key, c * by}
	}
	return setting{key + " (factor)", by}
}

// batch is b.
func batch(s *scenarios.Scenario) float64 {
	if s.Method.Batch == nil {
		return 1
	}
	return s.Method.Batch.Size()
}

// scales are the ratios between what is a sum and what is a mean, with ½ or without.
func scales(s *scenarios.Scenario) []float64 {
	a, b := s.Data.Alpha, batch(s)
	return []float64{2, 0.5, a, 1 / a, b, 1 / b, 2 / a, a / 2}
}

func (m *method) scaleGradient(by float64) {
	scale(m.rate, by)
	if m.ridge != nil {
		scale(m.ridge, 1/by)
	}
	if m.temperature != nil {
		*m.temperature /= by
	}
	for _, p := range m.penalties {
		*p /= by
	}
}

func lossMap(names ...string) func(*scenarios.Scenario, *row, float64) {
	return func(_ *scenarios.Scenario, r *row, x float64) {
		for _, name := range names {
			*r.of(name) *= x
		}
	}
}

func lossFactor(what string, names ...string) func(*scenarios.Scenario, *method) *number {
	return func(s *scenarios.Scenario, _ *method) *number {
		return factor(what, scales(s), func(x float64) (list []setting) {
			for _, name := range names {
				list = append(list, setting{name + " (factor)", x})
			}
			return list
		})
	}
}

func gaussian(s *scenarios.Scenario) (float64, bool) {
	g, ok := s.Teacher.Noise.(scenarios.Gaussian)
	return float64(g), ok && s.Teacher.Label != nil
}

// shrinkable reports whether batches remember nothing, so that in the limit only the fraction counts.
func shrinkable(s *scenarios.Scenario) bool {
	return s.Method.Batch == nil || s.Method.Batch.Independent() && !s.Method.Batch.Fresh()
}

func oneByOne(s *scenarios.Scenario, _ *method) bool {
	return len(s.Init.Overlap) == 1 && len(s.Init.Overlap[0]) == 1
}

// stretched is an activation of c x.
type stretched struct {
	scenarios.Activation
	by float64
}

func (s stretched) Value(x float64) float64      { return s.Activation.Value(s.by * x) }
func (s stretched) Derivative(x float64) float64 { return s.by * s.Activation.Derivative(s.by*x) }

// slips are all that are tried: maps of columns, then numbers, then switches.
var slips = []slip{
	{
		name: "loss-scale", words: "a loss without its ½, divided by d in the place of n, or summed over a batch",
		columns: lossMap("train_loss", "test_loss"), number: lossFactor("each loss", "train_loss", "test_loss"),
	},
	{
		name: "train-loss-scale", words: "the training loss alone is scaled", columns: lossMap("train_loss"),
		number: lossFactor("the training loss", "train_loss"),
	},
	{
		name: "test-loss-scale", words: "the test loss alone is scaled", columns: lossMap("test_loss"),
		number: lossFactor("the test loss", "test_loss"),
	},
	{
		name: "norm-root", words: "the norm is the length, without its square",
		columns: func(_ *scenarios.Scenario, r *row, _ float64) {
			r.each(scenarios.NormEntry, func(_ scenarios.Observable, v *float64) { *v = math.Copysign(math.Sqrt(math.Abs(*v)), *v) })
		},
	},
	{
		name: "overlap-normalised", words: "the overlap is divided by the lengths: it is the cosine",
		columns: func(_ *scenarios.Scenario, r *row, _ float64) {
			r.each(scenarios.OverlapEntry, func(o scenarios.Observable, v *float64) {
				*v = *r.of(strings.Replace(o.Name, "overlap", "cosine", 1))
			})
		},
	},
	{
		name: "train-loss-penalty", words: "the training loss contains the regulariser",
		columns: func(_ *scenarios.Scenario, r *row, x float64) {
			loss := r.of("train_loss")
			r.each(scenarios.NormEntry, func(o scenarios.Observable, v *float64) {
				if o.Index == nil || o.Index[0] == o.Index[1] {
					*loss += x * *v
				}
			})
		},
		number: func(s *scenarios.Scenario, m *method) *number {
			ridge, _ := constant(m.ridge)
			return &number{first: 0.01, least: math.Inf(-1), most: math.Inf(1), guesses: []float64{ridge / 2 / s.Data.Alpha, ridge / 2},
				settings: func(x float64) []setting { return []setting{{"train_loss (plus norm times)", x}} },
				words: func(value, by string) string {
					return fmt.Sprintf("the training loss has %s%s times the norm added to it (λ/(2α) is %.4g)", value, by, ridge/2/s.Data.Alpha)
				}}
		},
	},
	{
		name: "train-loss-fresh", words: "the training loss is of samples that the weights have not seen",
		columns: func(_ *scenarios.Scenario, r *row, _ float64) { *r.of("train_loss") = *r.of("test_loss") },
	},
	{
		name: "test-loss-noiseless", words: "the labels of the test loss have no noise",
		columns: func(_ *scenarios.Scenario, r *row, x float64) { *r.of("test_loss") += x },
		applies: func(s *scenarios.Scenario, _ *method) bool { return s.Student.Square() },
		number: func(s *scenarios.Scenario, _ *method) *number {
			noise, _ := gaussian(s)
			return &number{first: 0.01, least: math.Inf(-1), most: math.Inf(1), guesses: []float64{-noise * noise / 2},
				settings: func(x float64) []setting { return []setting{{"test_loss (plus)", x}} },
				words: func(value, by string) string {
					return fmt.Sprintf("the test loss has %s%s added to it (without the labels' noise it would be %.4g)", value, by, -noise*noise/2)
				}}
		},
	},
	{
		name: "test-error-noiseless", words: "the labels of the test error have no noise",
		columns: func(_ *scenarios.Scenario, r *row, _ float64) {
			*r.of("test_error") = math.Acos(*r.of("cosine")) / math.Pi
		},
		applies: func(s *scenarios.Scenario, _ *method) bool {
			_, linear := s.Student.Slope()
			return linear && s.Teacher.Units == 1 && s.Teacher.Label != nil && scenarios.Name(s.Teacher.Label) == "sign"
		},
	},
	{name: "step-late", words: "steps are counted one behind: their step t is our step t + 1", shift: 1},
	{name: "step-early", words: "steps are counted one ahead: their step t is our step t - 1, and the start is written twice", shift: -1},
	{
		name: "gradient-scale", words: "the gradient's scale: a loss without its ½, a mean for a sum, a batch weight; it is the learning rate " +
			"times a factor and the regulariser divided by it, and no more can be told",
		applies: func(_ *scenarios.Scenario, m *method) bool { return m.rate != nil && m.regularised() && !m.scaleFree },
		problem: func(_ *scenarios.Scenario, m *method, x float64) { m.scaleGradient(x) },
		number: func(s *scenarios.Scenario, m *method) *number {
			return factor("the gradient", scales(s), func(x float64) []setting {
				list := []setting{scaledSetting("method.learning_rate", m.rate, x)}
				if m.ridge != nil {
					list = append(list, scaledSetting("method.ridge", m.ridge, 1/x))
				}
				return list
			})
		},
	},
	{
		name: "learning-rate", words: "the learning rate, or, without a regulariser, the scale of the loss or of its gradient",
		applies: func(_ *scenarios.Scenario, m *method) bool { return m.rate != nil },
		problem: func(_ *scenarios.Scenario, m *method, x float64) { scale(m.rate, x) },
		number: func(s *scenarios.Scenario, m *method) *number {
			return factor("the learning rate", scales(s), func(x float64) []setting {
				return []setting{scaledSetting("method.learning_rate", m.rate, x)}
			})
		},
	},
	{
		name: "ridge", words: "the weight decay: times α or divided by it for a mean loss, with a ½ or without, in the gradient twice",
		applies: func(_ *scenarios.Scenario, m *method) bool { _, is := constant(m.ridge); return is },
		problem: func(_ *scenarios.Scenario, m *method, x float64) { *m.ridge = scenarios.Constant(x) },
		number: func(s *scenarios.Scenario, m *method) *number {
			ridge, _ := constant(m.ridge)
			n := &number{is: ridge, first: max(0.02, 0.02*ridge), least: 0, most: 1e6, guesses: []float64{0},
				settings: func(x float64) []setting { return []setting{{"method.ridge", x}} }, words: insteadOf("the ridge", ridge)}
			for _, g := range scales(s) {
				n.guesses = append(n.guesses, g*ridge)
			}
			return n
		},
	},
	{
		name: "momentum", words: "the momentum",
		applies: func(_ *scenarios.Scenario, m *method) bool { _, is := constant(m.momentum); return is },
		problem: func(_ *scenarios.Scenario, m *method, x float64) { *m.momentum = scenarios.Constant(x) },
		number: func(_ *scenarios.Scenario, m *method) *number {
			momentum, _ := constant(m.momentum)
			return &number{is: momentum, first: 0.01, least: 0, most: 0.999, guesses: []float64{0, 0.9},
				settings: func(x float64) []setting { return []setting{{"method.momentum", x}} }, words: insteadOf("the momentum", momentum)}
		},
	},
	{
		name: "temperature", words: "the temperature: the noise of a step is √(2ηT), not √(ηT), √(2T) η or √T",
		applies: func(_ *scenarios.Scenario, m *method) bool { return m.temperature != nil },
		problem: func(_ *scenarios.Scenario, m *method, x float64) { *m.temperature *= x },
		number: func(_ *scenarios.Scenario, m *method) *number {
			t, rate := *m.temperature, (*m.rate).At(0)
			return factor("the temperature", []float64{0.5, rate, 1 / (2 * rate), 1 / rate}, func(x float64) []setting {
				return []setting{{"method.temperature", t * x}}
			})
		},
	},
	{
		name: "noise", words: "the labels' noise: its standard deviation for its variance, or the reverse",
		applies: func(s *scenarios.Scenario, _ *method) bool { _, is := gaussian(s); return is },
		problem: func(s *scenarios.Scenario, _ *method, x float64) { s.Teacher.Noise = scenarios.Gaussian(math.Sqrt(x)) },
		number: func(s *scenarios.Scenario, _ *method) *number {
			noise, _ := gaussian(s)
			return &number{is: noise * noise, first: max(0.01, 0.05*noise*noise), least: 0, most: 1e6, guesses: []float64{math.Pow(noise, 4), noise, 0},
				settings: func(x float64) []setting { return []setting{{"teacher.noise", math.Sqrt(x)}} },
				words:    insteadOf("the variance of the labels' noise", noise*noise)}
		},
	},
	{
		name: "start-overlap", words: "the overlap of the start", applies: oneByOne,
		problem: func(s *scenarios.Scenario, _ *method, x float64) { s.Init.Overlap = [][]float64{{x}} },
		number: func(s *scenarios.Scenario, _ *method) *number {
			m := s.Init.Overlap[0][0]
			return &number{is: m, first: 0.01, least: math.Inf(-1), most: math.Inf(1), guesses: []float64{0, -m, 1},
				settings: func(x float64) []setting { return []setting{{"init.overlap", x}} }, words: insteadOf("the start's overlap", m)}
		},
	},
	{
		name: "start-norm", words: "the size of the start: its variance for its standard deviation, or nothing but the teacher's part",
		applies: func(_ *scenarios.Scenario, m *method) bool {
			_, sphere := m.Optimizer.(*scenarios.Spherical)
			return !sphere
		},
		problem: func(s *scenarios.Scenario, _ *method, x float64) { s.Init.Norm = x },
		number: func(s *scenarios.Scenario, _ *method) *number {
			v := s.Init.Norm
			return &number{is: v, first: max(0.01, 0.02*v), least: 0, most: 1e6, guesses: []float64{0, v * v, math.Sqrt(v), 1},
				settings: func(x float64) []setting { return []setting{{"init.norm", x}} }, words: insteadOf("the start's norm", v)}
		},
	},
	{
		name: "alpha", words: "the number of samples: d/n for n/d, a part of them held back",
		problem: func(s *scenarios.Scenario, _ *method, x float64) { s.Data.Alpha *= x },
		number: func(s *scenarios.Scenario, _ *method) *number {
			a := s.Data.Alpha
			return factor("α", []float64{1 / (a * a), 0.8, 2, 0.5}, func(x float64) []setting { return []setting{{"data.alpha", a * x}} })
		},
	},
	{
		name: "batch-fraction", words: "the second moment of the batch weights, that is the batch's size",
		applies: func(s *scenarios.Scenario, _ *method) bool { return shrinkable(s) },
		problem: func(s *scenarios.Scenario, _ *method, x float64) {
			s.Method.Batch = &scenarios.Bernoulli{Fraction: 1 / x}
		},
		number: func(s *scenarios.Scenario, _ *method) *number {
			b := batch(s)
			return &number{is: 1 / b, first: 0.05, least: 1, most: 1e4, guesses: []float64{1, 2 / b, 10},
				settings: func(x float64) []setting { return []setting{{"method.batch.fraction", 1 / x}} },
				words:    insteadOf("the second moment 1/b of the batch weights", 1/b)}
		},
	},
	{
		name: "output-scale", words: "the student's output: 1/K for 1/√K, or no factor at all",
		applies: func(s *scenarios.Scenario, _ *method) bool { return s.Student.Units > 1 && s.Student.Custom == nil },
		problem: func(s *scenarios.Scenario, _ *method, x float64) {
			weights := make([]float64, len(s.Student.OutputWeights))
			for k, a := range s.Student.OutputWeights {
				weights[k] = a * x
			}
			s.Student.OutputWeights = weights
		},
		number: func(s *scenarios.Scenario, _ *method) *number {
			root := math.Sqrt(float64(s.Student.Units))
			return factor("the student's output", []float64{1 / root, root}, func(x float64) []setting {
				return []setting{{"student.output_weights (factor)", x}}
			})
		},
	},
	{
		name: "activation-scale", words: "the activation's argument: erf(x) for erf(x/√2), or the reverse",
		applies: func(s *scenarios.Scenario, _ *method) bool {
			if s.Student.Custom != nil || s.Student.Activation == nil {
				return false
			}
			name := scenarios.Name(s.Student.Activation)
			return name == "erf" || name == "tanh"
		},
		problem: func(s *scenarios.Scenario, _ *method, x float64) {
			s.Student.Activation = stretched{s.Student.Activation, x}
		},
		number: func(*scenarios.Scenario, *method) *number {
			return factor("the activation's argument", []float64{math.Sqrt2, 1 / math.Sqrt2}, func(x float64) []setting {
				return []setting{{"student.activation (argument times)", x}}
			})
		},
	},
	{
		name: "fresh-batches", words: "every step meets new samples: one pass over the data",
		applies: func(s *scenarios.Scenario, _ *method) bool { return s.Method.Batch == nil || !s.Method.Batch.Fresh() },
		problem: func(s *scenarios.Scenario, _ *method, _ float64) {
			s.Method.Batch = &scenarios.Fresh{Fraction: batch(s)}
		},
	},
	{
		name: "epochs", words: "the batches are those of epochs: each sample once in 1/b steps",
		applies: func(s *scenarios.Scenario, _ *method) bool {
			_, already := s.Method.Batch.(*scenarios.Epoch)
			b := batch(s)
			return b < 1 && !already && math.Abs(b*math.Round(1/b)-1) < 1e-9
		},
		problem: func(s *scenarios.Scenario, _ *method, _ float64) {
			s.Method.Batch = &scenarios.Epoch{Fraction: batch(s)}
		},
	},
	{
		name: "independent-batches", words: "every step draws its batch anew, whatever the one before had",
		applies: func(s *scenarios.Scenario, _ *method) bool {
			return s.Method.Batch != nil && (!s.Method.Batch.Independent() || s.Method.Batch.Fresh())
		},
		problem: func(s *scenarios.Scenario, _ *method, _ float64) {
			s.Method.Batch = &scenarios.Bernoulli{Fraction: batch(s)}
		},
	},
	{
		name: "intercept", words: "an intercept is trained too, at the learning rate of the weights",
		applies: func(s *scenarios.Scenario, m *method) bool {
			return m.rate != nil && s.Student.OffsetRate == nil && s.Student.Custom == nil
		},
		problem: func(s *scenarios.Scenario, m *method, _ float64) { s.Student.OffsetRate = *m.rate },
	},
}

// asFit is what is said of a slip that fits.
func (p *slip) asFit(n *number, pvalue, x, low, high float64) compare.Fit {
	f := compare.Fit{Name: p.name, PValue: pvalue, Words: p.words}
	if n == nil {
		return f
	}
	value, by := around(x, low, high)
	f.Words = n.words(value, by)
	lows, highs := n.settings(low), n.settings(high)
	for i, s := range n.settings(x) {
		number := compare.Number{Name: s.key, Interval: compare.Interval{Estimate: s.value, Low: lows[i].value, High: highs[i].value}}
		if number.Low > number.High {
			number.Low, number.High = number.High, number.Low
		}
		f.Numbers = append(f.Numbers, number)
	}
	return f
}

// around is a number with its interval, in words: to the digits that the interval leaves.
func around(x, low, high float64) (value, by string) {
	half := (high - low) / 2
	if !(half > 0) || half > 1e3 || half < 1e-12*math.Abs(x) {
		return fmt.Sprintf("%.6g", x), ""
	}
	digits := max(0, 1-int(math.Floor(math.Log10(half))))
	return fmt.Sprintf("%.*f", digits, x), fmt.Sprintf(" ± %.*f", digits, half)
}
