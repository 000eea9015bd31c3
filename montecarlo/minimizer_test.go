package montecarlo

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"limitcheck/scenarios"
)

// static returns a scenario of these lines; a method is added, which the minimiser does not read.
func static(t *testing.T, lines string) *scenarios.Scenario {
	t.Helper()
	yaml := "name: static\ntitle: A minimiser\n" + lines + `
method: {kind: sgd, learning_rate: 0.1, steps: 1}
init: {overlap: 0, norm: 1}
`
	s, err := scenarios.Parse("static.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// minimised draws a replica's data and solves on it.
func minimised(t *testing.T, s *scenarios.Scenario, job Job, ridge, l1 float64, engine Engine) (*trainer, *objective, *solution) {
	t.Helper()
	settings := Settings{Workers: 1, points: 1 << minPoints}
	if engine == Conditioning { // its memory is planned for the steps of a method; a solver makes more
		settings.operator = func(n, d int, key streamKey) matrix {
			return newConditioning[float64](n, d, 200, 200, 1, key, pool{workers: 1})
		}
	}
	tr := newTrainer(s, scenarioKey(s).with(uint64(job.Dim), uint64(job.Index)), job, engine, settings)
	t.Cleanup(tr.close)
	o := &objective{data: tr.data, loss: s.Student.Loss, ridge: ridge, l1: l1}
	solution, err := o.minimise(context.Background(), job.Dim)
	if err != nil {
		t.Fatal(err)
	}
	return tr, o, solution
}

// Ridge regression solves the normal equations. The relative gradient 1e-10 times the condition number, below 100 here,
// bounds the relative error.
func TestRidgeMinimiser(t *testing.T) {
	s := static(t, "data: {alpha: 2, covariance: {values: [0.3, 2], weights: [0.5, 0.5]}}\nteacher: {label: linear, noise: 0.5}\nstudent: {loss: square}")
	const d, ridge = 60, 0.1
	tr, _, got := minimised(t, s, Job{d, 0}, ridge, 0, Dense)
	n := tr.samples
	x := mat.NewDense(n, d, nil)
	for j := range d {
		unit, column := newVectors(1, d), newVectors(1, n)
		unit[0][j] = 1
		tr.data.fields(column, unit)
		x.SetCol(j, column[0])
	}
	var gram, right, want mat.Dense
	gram.Mul(x.T(), x)
	for j := range d {
		gram.Set(j, j, gram.At(j, j)+ridge)
	}
	right.Mul(x.T(), mat.NewDense(n, 1, tr.data.y))
	if err := want.Solve(&gram, &right); err != nil {
		t.Fatal(err)
	}
	for j, w := range got.w {
		if math.Abs(w-want.At(j, 0)) > 1e-8 {
			t.Errorf("w[%d] = %.12g, normal equations %.12g", j, w, want.At(j, 0))
		}
	}
	t.Logf("%d products, %s %.2g", got.products, got.certificate, got.reached)
}

var minimisers = []struct {
	name, lines string
	ridge, l1   float64
}{
	{"square", "data: {alpha: 2}\nteacher: {label: linear, noise: 0.5}\nstudent: {loss: square}", 0.1, 0},
	{"logistic", "data: {alpha: 3}\nteacher: {label: sign, noise: 0.4}\nstudent: {loss: logistic}", 0.2, 0},
	{"huber", "data: {alpha: 3}\nteacher: {label: linear, noise: {student_t: 3}}\nstudent: {loss: huber}", 0.2, 0},
	{"absolute", "data: {alpha: 3}\nteacher: {label: linear, noise: {student_t: 3}}\nstudent: {loss: absolute}", 0.2, 0},
	{"hinge", "data: {alpha: 2}\nteacher: {label: sign, noise: 0.2}\nstudent: {loss: hinge}", 0.1, 0},
	{"lasso", "data: {alpha: 0.5}\nteacher: {label: linear, noise: 0.2, weights: {sparse: 0.1}}\nstudent: {loss: square}", 0, 0.3},
	{"elastic net", "data: {alpha: 2, covariance: {power_law: 1}}\nteacher: {label: linear, noise: 0.2, weights: {sparse: 0.1}}\nstudent: {loss: square}", 0.1, 0.3},
	{"hinge on clusters", "data: {alpha: 2, mixture: {positions: [-1, 1], weights: [0.5, 0.5], labels: [-1, 1], variance: 0.5}}\nstudent: {loss: hinge}", 0.1, 0},
}

// limits of overlap, norm and train loss, in the order of minimisers.
var limits = [][3]float64{
	{0.915571, 1.023807, 0.065071},
	{1.462678, 2.877008, 0.276792},
	{0.868713, 1.356485, 0.555887},
	{0.886376, 1.561019, 0.862289},
	{1.579559, 3.774754, 0.031023},
	{0.787232, 0.658092, 0.029810},
	{0.906378, 0.833075, 0.022045},
	{1.327466, 3.332263, 0.035833},
}

// No point nearby has a smaller objective: along random directions, and towards 0 and the teacher, whatever a certificate
// says. The objective's rounding is n ulps at most.
func TestMinimiserIsMinimal(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds of arithmetic in one goroutine")
	}
	for _, c := range minimisers {
		t.Run(c.name, func(t *testing.T) {
			s := static(t, c.lines)
			const d = 120
			tr, o, got := minimised(t, s, Job{d, 0}, c.ridge, c.l1, Dense)
			t.Logf("%d products, %s %.2g", got.products, got.certificate, got.reached)
			value := func(w []float64) float64 {
				o.data.fields([][]float64{o.r}, [][]float64{w})
				return o.value(w)
			}
			least := value(got.w)
			directions := normals(newStream(3), 30, d)
			towards := make([]float64, d)
			for i, w := range got.w {
				towards[i] = tr.teacher[0][i] - w
			}
			directions = append(directions, got.w, towards)
			for _, direction := range directions {
				for _, step := range []float64{-1e-1, -1e-3, -1e-5, 1e-5, 1e-3, 1e-1} {
					w := make([]float64, d)
					for i := range w {
						w[i] = got.w[i] + step*direction[i]
					}
					// What the gap allows, and rounding.
					if x := value(w); x < least*(1-2*gapTolerance) {
						t.Errorf("objective %.12g at a step of %g, %.12g at the minimiser", x, step, least)
					}
				}
			}
		})
	}
}

// At finite d the mean is off by O(1/d), so twice the mean at 2d less that at d is off by O(1/d²), far inside the standard
// error. The limits are the fixed point's, from package theory. A false alarm, beyond 5 standard errors, in some 10⁶ runs
// for each number.
func TestMinimiserTendsToItsLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds of arithmetic in one goroutine")
	}
	const replicas = 40
	for i, c := range minimisers {
		t.Run(c.name, func(t *testing.T) {
			s := static(t, c.lines)
			var estimate, variance [3]float64
			const d = 60
			for _, at := range []struct {
				d      int
				factor float64
			}{{d, -1}, {2 * d, 2}} {
				var x [3][]float64
				for i := range replicas {
					tr, o, got := minimised(t, s, Job{at.d, i}, c.ridge, c.l1, Dense)
					rooted := newVectors(2, at.d)
					tr.root.apply(rooted[0], 1, got.w)
					tr.root.apply(rooted[1], 1, tr.teacher[0])
					o.data.fields([][]float64{o.r}, [][]float64{got.w})
					loss := 0.0
					for i, r := range o.r {
						loss += o.loss.Value(r, o.data.y[i]) / float64(len(o.r))
					}
					for j, v := range []float64{inner(rooted[0], rooted[1]), inner(rooted[0], rooted[0]), loss} {
						x[j] = append(x[j], v)
					}
				}
				for j := range x {
					estimate[j] += at.factor * stat.Mean(x[j], nil)
					variance[j] += at.factor * at.factor * stat.Variance(x[j], nil) / replicas
				}
			}
			for j, name := range []string{"overlap", "norm", "train loss"} {
				se := math.Sqrt(variance[j])
				t.Logf("%s: %.6f ± %.6f, limit %.6f", name, estimate[j], se, limits[i][j])
				if math.Abs(estimate[j]-limits[i][j]) > 5*se {
					t.Errorf("%s: %.6f ± %.6f, limit %.6f", name, estimate[j], se, limits[i][j])
				}
			}
		})
	}
}

// The engines draw the same law. Few replicas and a standard error of five: a false alarm in some 10⁶ runs for each.
func TestMinimiserOnBothEngines(t *testing.T) {
	s := static(t, minimisers[1].lines)
	const d, replicas = 40, 40
	overlaps := func(engine Engine) (x []float64) {
		for i := range replicas {
			tr, _, got := minimised(t, s, Job{d, i}, 0.2, 0, engine)
			x = append(x, inner(got.w, tr.teacher[0]))
		}
		return x
	}
	dense, revealed := overlaps(Dense), overlaps(Conditioning)
	difference := stat.Mean(dense, nil) - stat.Mean(revealed, nil)
	se := math.Sqrt((stat.Variance(dense, nil) + stat.Variance(revealed, nil)) / replicas)
	if math.Abs(difference) > 5*se {
		t.Errorf("mean overlaps differ by %.3g, standard error %.3g", difference, se)
	}
}

// minimizer is a scenario of these lines whose method has no steps.
func minimizer(t *testing.T, lines, settings string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("static.yaml", []byte("name: static\n"+lines+"\nmethod: {kind: minimizer"+settings+"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A replica of a method without steps has one row, that of the solver's weights on its data, and as many controls and
// probes as are named; the same bits with any number of workers.
func TestSimulateMinimizer(t *testing.T) {
	const d = 80
	for _, c := range minimisers {
		s := minimizer(t, c.lines, fmt.Sprintf(", ridge: %g, l1: %g", c.ridge, c.l1))
		r, err := Simulate(t.Context(), s, Job{d, 3}, Settings{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		if r.Engine != "dense" || len(r.Values) != 1 || len(r.Controls) != len(ControlNames(s)) {
			t.Errorf("%s: engine %s, %d rows, %d controls for %v", c.name, r.Engine, len(r.Values), len(r.Controls), ControlNames(s))
		}
		probes := 0
		for _, f := range s.Probes().Families() {
			probes += len(f.Entries)
		}
		if probes != len(r.Probes) {
			t.Errorf("%s: %d probes, want %d", c.name, len(r.Probes), probes)
		}
		tr, _, got := minimised(t, s, Job{d, 3}, c.ridge, c.l1, Dense)
		rooted := newVectors(2, d)
		tr.root.apply(rooted[0], 1, got.w)
		tr.root.apply(rooted[1], 1, tr.teacher[0])
		if overlap := inner(rooted[0], rooted[1]); math.Abs(r.Values[0][0]-overlap) > 1e-12*(1+math.Abs(overlap)) {
			t.Errorf("%s: overlap %.15g, the solver's %.15g", c.name, r.Values[0][0], overlap)
		}
		again, err := Simulate(t.Context(), s, Job{d, 3}, Settings{Workers: 3})
		if err != nil || !slices.Equal(again.Values[0], r.Values[0]) || !slices.Equal(again.Controls, r.Controls) {
			t.Errorf("%s: with three workers %v, with one %v; %v", c.name, again.Values, r.Values, err)
		}
	}
}

// Each control has mean 0: beyond five standard errors in one run of two millions.
func TestControlsOfMinimizer(t *testing.T) {
	for _, c := range []int{1, 7} {
		s := minimizer(t, minimisers[c].lines, ", ridge: 0.1")
		const replicas = 60
		var x [][]float64
		for i := range replicas {
			r, err := Simulate(t.Context(), s, Job{40, i}, Settings{Workers: 1})
			if err != nil {
				t.Fatal(err)
			}
			x = append(x, r.Controls)
		}
		for j, name := range ControlNames(s) {
			column := make([]float64, replicas)
			for i := range x {
				column[i] = x[i][j]
			}
			mean, sd := stat.MeanStdDev(column, nil)
			if !(sd > 0) || math.Abs(mean) > 5*sd/math.Sqrt(replicas) {
				t.Errorf("%s: %s is %.3g ± %.2g", minimisers[c].name, name, mean, sd/math.Sqrt(replicas))
			}
		}
	}
}

// What is not reached is an error that says by how much, and names the replica; what no solver minimises is refused before.
func TestMinimizerNotReached(t *testing.T) {
	s := minimizer(t, "data: {alpha: 0.5}\nteacher: {label: sign}\nstudent: {loss: logistic}", "")
	_, err := Simulate(t.Context(), s, Job{40, 2}, Settings{Workers: 1})
	if short := new(NotConvergedError); !errors.As(err, &short) || short.Dim != 40 || short.Replica != 2 ||
		!strings.Contains(err.Error(), "static: d = 40, replica 2: the minimiser was not reached after") {
		t.Errorf("separable data: %v", err)
	}
	s = minimizer(t, "data: {alpha: 2}\nteacher: {label: linear}\nstudent: {loss: absolute}", ", l1: 0.1")
	if err := (Settings{}).Check(s, 40); err == nil || !strings.Contains(err.Error(), "student.loss absolute has a kink") {
		t.Errorf("a kink with l1: %v", err)
	}
}

// The conditioning engine remembers every product. It serves a minimiser as long as these are few, and any at small d.
func TestConditioningMakesFewProducts(t *testing.T) {
	s := minimizer(t, minimisers[0].lines, ", ridge: 0.1")
	r, err := Simulate(t.Context(), s, Job{1000, 0}, Settings{Engine: Conditioning})
	if err != nil || math.Abs(r.Values[0][0]-limits[0][0]) > 0.2 { // some five standard deviations
		t.Errorf("overlap %v, limit %g; %v", r.Values, limits[0][0], err)
	}
	s = minimizer(t, minimisers[4].lines, ", ridge: 0.001")
	_, err = Simulate(t.Context(), s, Job{500, 0}, Settings{Engine: Conditioning})
	if short := new(NotConvergedError); !errors.As(err, &short) || !strings.Contains(err.Error(), "--engine dense goes on") {
		t.Errorf("hinge at d = 500: %v", err)
	}
}
