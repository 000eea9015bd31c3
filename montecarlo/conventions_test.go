package montecarlo

import (
	"fmt"
	"math"
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"

	"limitcheck/scenarios"
)

// A convention is a row of docs/conventions.md: the scenario that its right column makes of the settings of the middle
// one, and a training by the latter.
type convention struct {
	scenario string
	theirs   func(r *training)
}

// A training is what limitcheck did, and what others need to do the same.
type training struct {
	worst float64 // difference between them and limitcheck that was met, as a fraction of the largest number or 1
	what  string  // is different there

	x       [][][]float64
	y       [][]float64 // of each step if batches are fresh, else once
	teacher [][]float64
	scores  []float64     // the label noise as normal scores
	w, p    [][][]float64 // [t][unit]: W_t and, without the last, P_t
	batch   [][]uint8     // [t]: which samples are in; nil: all
	noise   [][]float64   // [t]: Langevin's
	values  [][]float64   // [t][observable], without the last
	plain   float64       // the last probe
}

const conventionDim, conventionSteps = 40, 6

// TestConventions trains both ways, row by row of docs/conventions.md. The tolerance is a thousand units of rounding for
// six steps with sums of up to 80 terms; a rate that is wrong by a thousandth must be far outside it.
func TestConventions(t *testing.T) {
	text, err := os.ReadFile("../docs/conventions.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, match := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(string(text), -1) {
		documented = append(documented, match[1])
	}
	for name := range conventions {
		if !slices.Contains(documented, name) {
			t.Errorf("%s is in no row of docs/conventions.md", name)
		}
	}
	for i, name := range documented {
		c, tested := conventions[name]
		if !tested || slices.Contains(documented[:i], name) {
			t.Errorf("row %s has no test, or stands twice", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			s, err := scenarios.Parse("convention.yaml", []byte(c.scenario))
			if err != nil {
				t.Fatal(err)
			}
			r := train(t, s)
			if c.theirs(r); !(r.worst <= 1e-13) {
				t.Errorf("the two ways differ by %.1e in %s", r.worst, r.what)
			}
			rate := reflect.ValueOf(s.Method.Optimizer).Elem().FieldByName("LearningRate").Interface().(scenarios.Schedule)
			s.Method.Optimizer = with(s.Method.Optimizer, "LearningRate", faster{rate})
			r = train(t, s)
			if c.theirs(r); !(r.worst > 1e-6) {
				t.Errorf("with another learning rate the two ways differ by %.1e only", r.worst)
			}
		})
	}
}

// with is a copy of a method in which one setting has another value.
func with(method scenarios.Optimizer, setting string, value scenarios.Schedule) scenarios.Optimizer {
	changed := reflect.New(reflect.TypeOf(method).Elem())
	changed.Elem().Set(reflect.ValueOf(method).Elem())
	changed.Elem().FieldByName(setting).Set(reflect.ValueOf(value))
	return changed.Interface().(scenarios.Optimizer)
}

// faster is a learning rate that is wrong by a thousandth.
type faster struct{ scenarios.Schedule }

func (f faster) At(t int) float64 { return 1.001 * f.Schedule.At(t) }

// train runs a scenario step by step and takes down all there is.
func train(t *testing.T, s *scenarios.Scenario) *training {
	var kept stored
	set := Settings{operator: kept.operator, points: 64, Workers: 1}
	run := newTrainer(s, streamKey{1}, Job{Dim: conventionDim}, Dense, set)
	r := &training{teacher: copies(run.teacher, 1), scores: run.data.scores, w: [][][]float64{copies(run.w, 1)}}
	for step := range s.Method.Steps {
		if err := run.step(step); err != nil {
			t.Fatal(err)
		}
		r.w = append(r.w, copies(run.w, 1))
		r.p = append(r.p, copies(run.p, 1))
		r.noise = append(r.noise, slices.Concat(run.noise...))
		r.y = append(r.y, slices.Clone(run.data.y))
		var in []uint8
		if !run.mask.Fresh() && !run.batches.all {
			in = slices.Clone(run.batches.on)
		}
		r.batch = append(r.batch, in)
	}
	r.values = run.values
	for _, z := range kept.z {
		r.x = append(r.x, rows(z))
	}
	if _, err := run.order(s.Method.Steps); err != nil { // without which the last weights are no part of the probes
		t.Fatal(err)
	}
	probes := run.probes()
	r.plain = probes[len(probes)-1]
	return r
}

// data are the samples of a step, with entries of variance scale²/d.
func (r *training) data(step int, scale float64) (x [][]float64, y []float64) {
	return copies(r.x[min(step, len(r.x)-1)], scale), r.y[step]
}

// follow trains one unit as others do, from W_0 times scale, and compares their weights, divided by scale, with W_t.
func (r *training) follow(scale float64, update func(step int, w []float64) []float64) {
	w := scaled(scale, r.w[0][0])
	for t := range r.w {
		r.compare(fmt.Sprintf("W_%d", t), scaled(1/scale, w), r.w[t][0])
		if t < len(r.p) {
			w = update(t, w)
		}
	}
}

func (r *training) compare(what string, theirs, ours []float64) {
	for i := range ours {
		difference := math.Abs(theirs[i]-ours[i]) / max(1, floats.Norm(ours, math.Inf(1)))
		if math.IsNaN(difference) || difference > r.worst {
			r.worst, r.what = difference, what
		}
	}
}

func scaled(a float64, x []float64) []float64 { return floats.ScaleTo(make([]float64, len(x)), a, x) }

// plus is a x + b y.
func plus(a float64, x []float64, b float64, y []float64) []float64 {
	return floats.AddScaledTo(make([]float64, len(x)), scaled(a, x), b, y)
}

// slope is Σ_i ∂ℓ/∂f x_i over the samples that are in (nil: all), of the output w·x_i.
func slope(x [][]float64, y, w []float64, in []uint8, derivative func(f, y float64) float64) []float64 {
	g := make([]float64, len(w))
	for i := range x {
		if in == nil || in[i] == 1 {
			floats.AddScaled(g, derivative(floats.Dot(w, x[i]), y[i]), x[i])
		}
	}
	return g
}

func squareSlope(f, y float64) float64   { return f - y }
func logisticSlope(f, y float64) float64 { return -y / (1 + math.Exp(y*f)) }

// setting is a scenario of one unit; further keys of the method follow.
func setting(alpha float64, label, loss, method string, a ...any) string {
	return fmt.Sprintf("name: convention\ndata: {alpha: %v}\nteacher: {label: %s, noise: 0.3}\nstudent: {loss: %s}\n"+
		"method: {steps: %d, %s}\ninit: {overlap: 0.2, norm: 1}\nexperiment: {dims: [%d]}\n",
		alpha, label, loss, conventionSteps, fmt.Sprintf(method, a...), conventionDim)
}

// The settings that several rows share: as many samples as this for each dimension, their step and ridge.
const (
	d, alpha = float64(conventionDim), 2.0
	n        = alpha * d
	fraction = 0.25
)

var rootD = math.Sqrt(d)

var conventions = map[string]convention{
	"normal-x": {
		setting(alpha, "linear", "square", "kind: sgd, learning_rate: %v, ridge: %v", 0.004*d, 9/d),
		func(r *training) {
			x, y := r.data(0, rootD)
			r.follow(1/rootD, func(_ int, w []float64) []float64 {
				return plus(1-0.004*9, w, -0.004, slope(x, y, w, nil, squareSlope))
			})
		}},
	"normal-x-over-root-d": {
		setting(alpha, "sign", "logistic", "kind: sgd, learning_rate: 0.3, ridge: 0.2"),
		func(r *training) {
			x, y := r.data(0, rootD)
			r.follow(1, func(_ int, w []float64) []float64 {
				field := scaled(1/rootD, w)
				return plus(1-0.3*0.2, w, -0.3/rootD, slope(x, y, field, nil, logisticSlope))
			})
		}},
	"mean-loss": {
		setting(alpha, "linear", "square", "kind: sgd, learning_rate: %v, ridge: %v", 0.3/alpha, 0.1*alpha),
		func(r *training) {
			x, y := r.data(0, rootD)
			r.follow(1/rootD, func(_ int, w []float64) []float64 {
				return plus(1-0.3*0.1, w, -0.3/n, slope(x, y, w, nil, squareSlope))
			})
		}},
	"mini-batch-mean": {
		setting(alpha, "sign", "logistic", "kind: sgd, learning_rate: %v, ridge: %v, batch: {fraction: %v, sampling: fixed}",
			0.5*d*fraction/(n*fraction), 0.1*alpha, fraction),
		func(r *training) {
			x, y := r.data(0, rootD)
			r.follow(1/rootD, func(t int, w []float64) []float64 {
				return plus(1-0.5*0.1, w, -0.5/(n*fraction), slope(x, y, w, r.batch[t], logisticSlope))
			})
		}},
	"mini-batch-sum": {
		setting(alpha, "linear", "square", "kind: sgd, learning_rate: %v, ridge: %v, batch: {fraction: %v}",
			0.4*fraction, 0.05/fraction, fraction),
		func(r *training) {
			x, y := r.data(0, 1)
			r.follow(1, func(t int, w []float64) []float64 {
				return plus(1-0.4*0.05, w, -0.4, slope(x, y, w, r.batch[t], squareSlope))
			})
		}},
	"new-samples": {
		setting(20/d, "linear", "square", "kind: sgd, learning_rate: %v, ridge: %v, batch: {fraction: 1, sampling: fresh}",
			0.2*d/20, 0.3*20/d),
		func(r *training) {
			r.follow(1/rootD, func(t int, w []float64) []float64 {
				x, y := r.data(t, rootD)
				r.compare("number of samples", []float64{20}, []float64{float64(len(x))})
				return plus(1-0.2*0.3, w, -0.2/20, slope(x, y, w, nil, squareSlope))
			})
		}},
	"one-pass-time": {
		setting(alpha, "linear", "square", "kind: sgd, learning_rate: 0.2, batch: {fraction: %v, sampling: fresh}", fraction),
		func(r *training) {
			seen, w := 0.0, r.w[0][0]
			for t := range r.p {
				x, y := r.data(t, 1)
				w = plus(1, w, -0.2/fraction, slope(x, y, w, nil, squareSlope))
				seen += float64(len(x))
				r.compare("W at their time", w, r.w[int(math.Round(seen/d/(alpha*fraction)))][0])
			}
		}},
	"ratio": {setting(1/0.8, "linear", "square", "kind: sgd, learning_rate: 0.2"), func(r *training) {
		x, y := r.data(0, 1)
		r.compare("number of samples", []float64{d / 0.8}, []float64{float64(len(x))})
		r.follow(1, func(_ int, w []float64) []float64 { return plus(1, w, -0.2, slope(x, y, w, nil, squareSlope)) })
	}},
	"no-half": {
		setting(alpha, "linear", "square", "kind: sgd, learning_rate: %v, ridge: %v", 2*0.08, 0.6/2),
		func(r *training) {
			x, y := r.data(0, 1)
			at := slices.Index(observables(r), "train_loss")
			r.follow(1, func(t int, w []float64) []float64 {
				loss := 0.0
				for i := range x {
					loss += math.Pow(floats.Dot(w, x[i])-y[i], 2) / n
				}
				r.compare("loss", []float64{loss / 2}, r.values[t][at:at+1])
				return plus(1-0.08*0.6, w, -0.08, slope(x, y, w, nil, func(f, y float64) float64 { return 2 * (f - y) }))
			})
		}},
	"ridge-alpha": {
		setting(alpha, "linear", "square", "kind: sgd, learning_rate: %v, ridge: 0.6", 2*0.08),
		func(r *training) {
			x, y := r.data(0, 1)
			r.follow(1, func(_ int, w []float64) []float64 {
				return plus(1-0.08*2*0.6, w, -0.08, slope(x, y, w, nil, func(f, y float64) float64 { return 2 * (f - y) }))
			})
		}},
	"inverse-c": {
		setting(alpha, "sign", "logistic", "kind: sgd, learning_rate: %v, ridge: %v", 0.1*4, 1/4.),
		func(r *training) {
			x, y := r.data(0, 1)
			r.follow(1, func(_ int, w []float64) []float64 {
				return plus(1-0.1, w, -0.1*4, slope(x, y, w, nil, logisticSlope))
			})
		}},
	"lasso-alpha": {
		setting(alpha, "linear", "square", "kind: ista, learning_rate: %v, l1: %v", 0.4/alpha, 0.02*alpha*rootD),
		func(r *training) {
			x, y := r.data(0, rootD)
			r.follow(1/rootD, func(_ int, w []float64) []float64 {
				w = plus(1, w, -0.4/n, slope(x, y, w, nil, squareSlope))
				for i, v := range w {
					w[i] = math.Copysign(max(0, math.Abs(v)-0.4*0.02), v)
				}
				return w
			})
		}},
	"decoupled-decay": {
		setting(alpha, "linear", "square", "kind: sgd, learning_rate: 0.2, ridge: %v", 0.03/0.2),
		func(r *training) {
			x, y := r.data(0, 1)
			r.follow(1, func(_ int, w []float64) []float64 { return plus(1-0.03, w, -0.2, slope(x, y, w, nil, squareSlope)) })
		}},
	"labels-0-1": {setting(alpha, "sign", "logistic", "kind: sgd, learning_rate: 0.3"), func(r *training) {
		x, y := r.data(0, 1)
		at := slices.Index(observables(r), "train_loss")
		r.follow(1, func(t int, w []float64) []float64 {
			loss := 0.0
			for i := range x {
				p := 1 / (1 + math.Exp(-floats.Dot(w, x[i])))
				one := (y[i] + 1) / 2
				loss -= (one*math.Log(p) + (1-one)*math.Log(1-p)) / n
			}
			r.compare("loss", []float64{loss}, r.values[t][at:at+1])
			return plus(1, w, -0.3, slope(x, y, w, nil, func(f, y float64) float64 { return 1/(1+math.Exp(-f)) - (y+1)/2 }))
		})
	}},
	"rate-inside-velocity": {
		setting(alpha, "linear", "square", "kind: heavy-ball, momentum: 0.7, learning_rate: "+decreasing),
		func(r *training) {
			x, y := r.data(0, 1)
			v := make([]float64, conventionDim)
			r.follow(1, func(t int, w []float64) []float64 {
				v = plus(0.7, v, -rate(t), slope(x, y, w, nil, squareSlope))
				return plus(1, w, 1, v)
			})
		}},
	"rate-outside-velocity": {
		setting(alpha, "linear", "square", "kind: velocity, momentum: 0.7, learning_rate: "+decreasing),
		func(r *training) {
			x, y := r.data(0, 1)
			v := make([]float64, conventionDim)
			r.follow(1, func(t int, w []float64) []float64 {
				v = plus(0.7, v, 1, slope(x, y, w, nil, squareSlope))
				return plus(1, w, -rate(t), v)
			})
		},
	},
	"averaged-velocity": {
		setting(alpha, "linear", "square", "kind: heavy-ball, momentum: 0.7, learning_rate: %v", (1-0.7)*0.5),
		func(r *training) {
			x, y := r.data(0, 1)
			v := make([]float64, conventionDim)
			r.follow(1, func(_ int, w []float64) []float64 {
				v = plus(0.7, v, 1-0.7, slope(x, y, w, nil, squareSlope))
				return plus(1, w, -0.5, v)
			})
		}},
	"nesterov-iterate": {
		setting(alpha, "linear", "square", "kind: velocity, nesterov: true, momentum: 0.7, learning_rate: 0.1, ridge: 0.3"),
		func(r *training) {
			x, y := r.data(0, 1)
			v := make([]float64, conventionDim)
			r.follow(1, func(_ int, w []float64) []float64 {
				g := plus(1, slope(x, y, w, nil, squareSlope), 0.3, w)
				v = plus(0.7, v, 1, g)
				return plus(1, w, -0.1, plus(1, g, 0.7, v))
			})
		}},
	"look-ahead": {
		setting(alpha, "linear", "square", "kind: nesterov, momentum: 0.7, learning_rate: 0.1, ridge: 0.3"),
		func(r *training) {
			x, y := r.data(0, 1)
			v, w := make([]float64, conventionDim), r.w[0][0]
			for t := range r.p {
				r.compare(fmt.Sprintf("P_%d", t), w, r.p[t][0])
				g := plus(1, slope(x, y, w, nil, squareSlope), 0.3, w)
				v = plus(0.7, v, 1, g)
				w = plus(1, w, -0.1, plus(1, g, 0.7, v))
			}
		}},
	"entry-by-entry": {
		setting(alpha, "sign", "logistic", "kind: adam, learning_rate: %v, ridge: %v", 0.03*rootD, 0.1*alpha),
		func(r *training) {
			x, y := r.data(0, rootD)
			m, v := make([]float64, conventionDim), make([]float64, conventionDim)
			r.follow(1/rootD, func(t int, w []float64) []float64 {
				g := plus(1/n, slope(x, y, w, nil, logisticSlope), 0.1, w)
				next := slices.Clone(w)
				for i := range w {
					m[i] = 0.9*m[i] + 0.1*g[i]
					v[i] = 0.999*v[i] + 0.001*g[i]*g[i]
					mean, square := m[i]/(1-math.Pow(0.9, float64(t+1))), v[i]/(1-math.Pow(0.999, float64(t+1)))
					next[i] -= 0.03 * mean / (math.Sqrt(square) + 1e-8/(alpha*rootD))
				}
				return next
			})
		}},
	"adamw": {
		setting(alpha, "sign", "logistic", "kind: adamw, learning_rate: %v, ridge: %v", 0.03*rootD, 0.4/rootD),
		func(r *training) {
			x, y := r.data(0, rootD)
			m, v := make([]float64, conventionDim), make([]float64, conventionDim)
			r.follow(1/rootD, func(t int, w []float64) []float64 {
				g := plus(1/n, slope(x, y, w, nil, logisticSlope), 0, w)
				next := plus(1-0.03*0.4, w, 0, w)
				for i := range w {
					m[i] = 0.9*m[i] + 0.1*g[i]
					v[i] = 0.999*v[i] + 0.001*g[i]*g[i]
					mean, square := m[i]/(1-math.Pow(0.9, float64(t+1))), v[i]/(1-math.Pow(0.999, float64(t+1)))
					next[i] -= 0.03 * mean / (math.Sqrt(square) + 1e-8/(alpha*rootD))
				}
				return next
			})
		}},
	"sgld": {
		setting(alpha, "linear", "square", "kind: langevin, learning_rate: %v, ridge: 0.5, temperature: 1", 0.2/2),
		func(r *training) {
			x, y := r.data(0, 1)
			r.follow(1, func(t int, w []float64) []float64 {
				gradient := plus(1, slope(x, y, w, nil, squareSlope), 0.5, w)
				return plus(1, plus(1, w, -0.2/2, gradient), math.Sqrt(0.2), r.noise[t])
			})
		}},
	"unit-sphere": {setting(alpha, "sign", "logistic", "kind: spherical, learning_rate: %v", 0.01*d), func(r *training) {
		x, y := r.data(0, rootD)
		r.follow(1/rootD, func(_ int, w []float64) []float64 {
			w = plus(1, w, -0.01, slope(x, y, w, nil, logisticSlope))
			return scaled(1/floats.Norm(w, 2), w)
		})
	}},
	"committee-mean": {committee("tanh", "output_weights: [0.5, 0.5], ", 0.3, 0.2), func(r *training) {
		r.followTwo(1, 0.3, 0.2, 0.5, math.Tanh, func(x float64) float64 { return 1 - math.Pow(math.Tanh(x), 2) })
	}},
	"plain-erf": {committee("erf", "output_weights: [1, 1], ", 2*0.04, 0.3/2), func(r *training) {
		slope := func(x float64) float64 { return 2 / math.Sqrt(math.Pi) * math.Exp(-x*x) }
		r.followTwo(1/math.Sqrt2, 0.04, 0.3, 1, math.Erf, slope)
	}},
	"noise-variance": {setting(alpha, "linear", "square", "kind: sgd, learning_rate: 0.2"), func(r *training) {
		x, _ := r.data(0, 1)
		y := make([]float64, len(x))
		for i := range y {
			y[i] = floats.Dot(r.teacher[0], x[i]) + math.Sqrt(0.09)*r.scores[i]
		}
		r.follow(1, func(_ int, w []float64) []float64 { return plus(1, w, -0.2, slope(x, y, w, nil, squareSlope)) })
	}},
	"step-zero": {setting(alpha, "linear", "square", "kind: sgd, learning_rate: 0.2"), func(r *training) {
		x, y := r.data(0, 1)
		w, loss, after := r.w[0][0], []float64{}, [][]float64{}
		for range r.p { // PyTorch's loop: loss, backward, step
			sum := 0.0
			for i := range x {
				sum += math.Pow(floats.Dot(w, x[i])-y[i], 2) / 2
			}
			loss = append(loss, sum/n)
			w = plus(1, w, -0.2, slope(x, y, w, nil, squareSlope))
			after = append(after, w)
		}
		at := slices.Index(observables(r), "train_loss")
		for t := range r.p {
			r.compare("loss", loss[t:t+1], r.values[t][at:at+1])
			r.compare("weights", after[t], r.w[t+1][0])
		}
	}},
	"squared-norm": {setting(alpha, "linear", "square", "kind: sgd, learning_rate: %v", 0.004*d), func(r *training) {
		x, y := r.data(0, rootD)
		teacher := scaled(1/rootD, r.teacher[0])
		r.follow(1/rootD, func(t int, w []float64) []float64 {
			norm := floats.Norm(w, 2)
			overlap := floats.Dot(w, teacher)
			r.compare("overlap, norm and cosine", []float64{overlap, norm * norm, overlap / norm / floats.Norm(teacher, 2)},
				r.values[t][:3])
			return plus(1, w, -0.004, slope(x, y, w, nil, squareSlope))
		})
	}},
	"norm-without-covariance": {
		"name: convention\ndata: {alpha: 2, covariance: {values: [0.5, 2], weights: [0.5, 0.5]}}\nteacher: {label: linear}\n" +
			"student: {loss: square}\nmethod: {kind: sgd, steps: 3, learning_rate: 0.1}\ninit: {overlap: 0.2, norm: 1}\n" +
			"experiment: {dims: [40], functions: [{name: plain, weights: \"w[0]*w[0]\"}]}\n",
		func(r *training) {
			eigenvalue := func(i int) float64 { return []float64{0.5, 2}[2*i/conventionDim] }
			x := copies(r.x[0], 1)
			for i := range x {
				for j := range x[i] {
					x[i][j] *= math.Sqrt(eigenvalue(j))
				}
			}
			r.follow(1, func(t int, w []float64) []float64 {
				overlap, norm := 0.0, 0.0
				for j, v := range w {
					overlap += eigenvalue(j) * v * r.teacher[0][j] / d
					norm += eigenvalue(j) * v * v / d
				}
				r.compare("overlap and norm", []float64{overlap, norm}, r.values[t][:2])
				return plus(1, w, -0.1, slope(x, r.y[0], w, nil, squareSlope))
			})
			last := r.w[len(r.w)-1][0]
			r.compare("norm without Σ", []float64{floats.Dot(last, last) / d}, []float64{r.plain})
		}},
	"regularised-loss": {
		setting(alpha, "linear", "square", "kind: sgd, learning_rate: 0.2, ridge: 0.7, batch: {fraction: 0.5}"),
		func(r *training) {
			x, y := r.data(0, 1)
			names := observables(r)
			r.follow(1, func(t int, w []float64) []float64 {
				loss := 0.7 / 2 * floats.Dot(w, w)
				for i := range x {
					loss += math.Pow(floats.Dot(w, x[i])-y[i], 2) / 2
				}
				ours := r.values[t][slices.Index(names, "train_loss")] + 0.7/(2*alpha)*r.values[t][slices.Index(names, "norm")]
				r.compare("loss", []float64{loss / n}, []float64{ours})
				return plus(1-0.2*0.7, w, -0.2/0.5, slope(x, y, w, r.batch[t], squareSlope))
			})
		}},
}

// decreasing is a schedule of rates, rate what it says.
const decreasing = "{schedule: step, initial: 0.1, factor: 0.5, every: 2}"

func rate(t int) float64 { return 0.1 * math.Pow(0.5, float64(t/2)) }

// observables are the names of a training's columns.
func observables(r *training) []string {
	names := []string{"overlap", "norm", "cosine", "train_loss", "test_loss"}
	if len(r.values[0]) > len(names) {
		return append(names, "train_error", "test_error")
	}
	return names
}

// committee is a scenario of two units.
func committee(activation, weights string, rate, ridge float64) string {
	return fmt.Sprintf("name: convention\ndata: {alpha: 2}\nteacher: {units: 2, label: linear, noise: 0.3}\n"+
		"student: {units: 2, loss: square, %sactivation: %s}\nmethod: {kind: sgd, steps: %d, learning_rate: %v, ridge: %v}\n"+
		"init: {overlap: [[0.4, 0.1], [0.1, 0.4]], norm: 0.3}\nexperiment: {dims: [%d]}\n",
		weights, activation, conventionSteps, rate, ridge, conventionDim)
}

// followTwo is follow for two units of f = a Σ_k act(w_k·x), the square loss summed, and a step and ridge.
func (r *training) followTwo(scale, step, ridge, a float64, act, derivative func(float64) float64) {
	x, y := r.data(0, 1)
	w := copies(r.w[0], scale)
	for t := range r.w {
		for k := range w {
			r.compare(fmt.Sprintf("W_%d of unit %d", t, k), scaled(1/scale, w[k]), r.w[t][k])
		}
		next := copies(w, 1-step*ridge)
		for i := range x {
			f := a * (act(floats.Dot(w[0], x[i])) + act(floats.Dot(w[1], x[i])))
			for k := range w {
				floats.AddScaled(next[k], -step*(f-y[i])*a*derivative(floats.Dot(w[k], x[i])), x[i])
			}
		}
		w = next
	}
}
