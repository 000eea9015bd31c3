package harness

import (
	"fmt"
	"math"
	"strings"

	"limitcheck/scenarios"
)

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
			r.each(scenarios.NormEntry, func(_ scenarios.Observable, v *float64) {
				*v = math.Copysign(math.Sqrt(math.Abs(*v)), *v)
			})
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
			return &number{first: 0.01, least: math.Inf(-1), most: math.Inf(1),
				guesses:  []float64{ridge / 2 / s.Data.Alpha, ridge / 2},
				settings: func(x float64) []setting { return []setting{{"train_loss (plus norm times)", x}} },
				words: func(value, by string) string {
					return fmt.Sprintf("the training loss has %s%s times the norm added to it (λ/(2α) is %.4g)", value, by,
						ridge/2/s.Data.Alpha)
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
					return fmt.Sprintf("the test loss has %s%s added to it (without the labels' noise it would be %.4g)", value, by,
						-noise*noise/2)
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
	{
		name: "step-early", shift: -1,
		words: "steps are counted one ahead: their step t is our step t - 1, and the start is written twice",
	},
	{
		name: "gradient-scale",
		words: "a loss without its ½, a mean for a sum, a batch weight; no more can be told than that the learning rate is " +
			"multiplied and the regulariser divided",
		applies: func(_ *scenarios.Scenario, m *method) bool { return m.rate != nil && m.regularised() && !m.scaleFree },
		problem: func(_ *scenarios.Scenario, m *method, x float64) { m.scaleGradient(x) },
		number: func(s *scenarios.Scenario, m *method) *number {
			return factor("the learning rate, with the regulariser divided by as much,", scales(s), func(x float64) []setting {
				list := []setting{scaledSetting("method.learning_rate", m.rate, x)}
				if m.ridge != nil {
					list = append(list, scaledSetting("method.ridge", m.ridge, 1/x))
				}
				return list
			})
		},
	},
	{
		name: "learning-rate", words: "without a regulariser, the scale of the loss or of its gradient cannot be told from it",
		applies: func(_ *scenarios.Scenario, m *method) bool { return m.rate != nil },
		problem: func(_ *scenarios.Scenario, m *method, x float64) { scale(m.rate, x) },
		number: func(s *scenarios.Scenario, m *method) *number {
			return factor("the learning rate", scales(s), func(x float64) []setting {
				return []setting{scaledSetting("method.learning_rate", m.rate, x)}
			})
		},
	},
	{
		name: "ridge", words: "the weight decay, times α or divided by it for a mean loss, with a ½ or without, in the gradient twice",
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
		name: "momentum", words: "β",
		applies: func(_ *scenarios.Scenario, m *method) bool { _, is := constant(m.momentum); return is },
		problem: func(_ *scenarios.Scenario, m *method, x float64) { *m.momentum = scenarios.Constant(x) },
		number: func(_ *scenarios.Scenario, m *method) *number {
			momentum, _ := constant(m.momentum)
			return &number{is: momentum, first: 0.01, least: 0, most: 0.999, guesses: []float64{0, 0.9},
				settings: func(x float64) []setting { return []setting{{"method.momentum", x}} },
				words:    insteadOf("the momentum", momentum)}
		},
	},
	{
		name: "temperature", words: "the noise of a step is √(2ηT), not √(ηT), √(2T) η or √T",
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
		name: "noise", words: "its standard deviation for its variance, or the reverse",
		applies: func(s *scenarios.Scenario, _ *method) bool { _, is := gaussian(s); return is },
		problem: func(s *scenarios.Scenario, _ *method, x float64) { s.Teacher.Noise = scenarios.Gaussian(math.Sqrt(x)) },
		number: func(s *scenarios.Scenario, _ *method) *number {
			noise, _ := gaussian(s)
			return &number{is: noise * noise, first: max(0.01, 0.05*noise*noise), least: 0, most: 1e6,
				guesses:  []float64{math.Pow(noise, 4), noise, 0},
				settings: func(x float64) []setting { return []setting{{"teacher.noise", math.Sqrt(x)}} },
				words:    insteadOf("the variance of the labels' noise", noise*noise)}
		},
	},
	{
		name: "start-overlap", words: "W⁰ = overlap W* + √norm ξ", applies: oneByOne,
		problem: func(s *scenarios.Scenario, _ *method, x float64) { s.Init.Overlap = [][]float64{{x}} },
		number: func(s *scenarios.Scenario, _ *method) *number {
			m := s.Init.Overlap[0][0]
			return &number{is: m, first: 0.01, least: math.Inf(-1), most: math.Inf(1), guesses: []float64{0, -m, 1},
				settings: func(x float64) []setting { return []setting{{"init.overlap", x}} },
				words:    insteadOf("the start's overlap", m)}
		},
	},
	{
		name: "start-norm", words: "its variance for its standard deviation, or nothing but the teacher's part",
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
		name: "alpha", words: "d/n for n/d, or a part of the samples held back",
		problem: func(s *scenarios.Scenario, _ *method, x float64) { s.Data.Alpha *= x },
		number: func(s *scenarios.Scenario, _ *method) *number {
			a := s.Data.Alpha
			return factor("α", []float64{1 / (a * a), 0.8, 2, 0.5}, func(x float64) []setting {
				return []setting{{"data.alpha", a * x}}
			})
		},
	},
	{
		name: "batch-fraction", words: "that is the size of the batch",
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
		name: "output-scale", words: "1/K for 1/√K, or no factor at all",
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
		name: "activation-scale", words: "erf(x) for erf(x/√2), or the reverse",
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
