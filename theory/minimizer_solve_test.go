package theory

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"limitcheck/scenarios"
)

// minimizer returns a scenario of these lines whose method has no steps.
func minimizer(t *testing.T, lines, settings string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("static.yaml", []byte("name: static\n"+lines+"\nmethod: {kind: minimizer"+settings+"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Solve gives one row, of W at the minimum, and says how it was computed and how well.
func TestSolveMinimizer(t *testing.T) {
	for _, c := range []struct{ lines, settings, source string }{
		{"data: {alpha: 2}\nteacher: {label: linear, noise: 0.5}\nstudent: {loss: square}", ", ridge: 0.3", "closed form"},
		{"data: {alpha: 2}\nteacher: {label: linear, noise: 0.5}\nstudent: {loss: huber}", ", ridge: 0.3", "fixed point of the minimiser"},
		{"data: {alpha: 2, covariance: {power_law: 1}}\nteacher: {label: sign}\nstudent: {loss: hinge}", ", ridge: 0.3, l1: 0.1",
			"fixed point of the minimiser"},
	} {
		s := minimizer(t, c.lines, c.settings)
		o, _ := s.Method.Minimizer()
		limit := solve(t, s, Settings{Probes: true})
		want := mustMinimise(t, s, penalty{o.Ridge, o.L1}).row(s)
		if !strings.HasPrefix(limit.Source, c.source) || len(limit.Mean) != 1 || limit.Kernels != nil || limit.Replicates != nil {
			t.Errorf("%s: %d rows, kernels %v", limit.Source, len(limit.Mean), limit.Kernels)
		}
		for j, x := range limit.Mean[0] {
			near(t, limit.Observables[j], x, want[j], 0)
			if se := limit.StandardError[0][j]; !(se >= 0 && se <= 1e-8*(1+math.Abs(x))) {
				t.Errorf("%s: error %g", limit.Observables[j], se)
			}
		}
		checkLaws(t, s, limit)
	}
	_, err := Solve(t.Context(), minimizer(t, "data: {alpha: 2}\nteacher: {label: sign}\nstudent: {loss: hinge}", ", ridge: 1"), Settings{Sampled: true})
	if err == nil || !strings.Contains(err.Error(), "no steps to sweep") {
		t.Errorf("sampled: %v", err)
	}
}

// checkLaws: laws rise from 0 to 1, are known to 1e-6, and there is an entry for each that a run is measured by.
func checkLaws(t *testing.T, s *scenarios.Scenario, limit *Limit) {
	t.Helper()
	families := s.Probes().Families()
	at := 0
	for _, f := range families {
		last := 0.0
		for range f.Entries {
			x := limit.Probes[at]
			if !(x >= last-1e-9 && x <= 1+1e-9) || !(limit.ProbeErrors[at] < 1e-6) {
				t.Errorf("%s, entry %d: %g after %g, error %g", f.Name, at, x, last, limit.ProbeErrors[at])
			}
			last = x
			at++
		}
	}
	if at != len(limit.Probes) {
		t.Errorf("%d probes, want %d", len(limit.Probes), at)
	}
}

// In linear regression fields and weights are Gaussian, of variances 2·train loss around the label and q.
func TestLawsOfRidgeRegression(t *testing.T) {
	for _, covariance := range []string{"identity", "{ar1: 0.5}"} {
		s := minimizer(t, "data: {alpha: 2, covariance: "+covariance+"}\nteacher: {label: linear, noise: 0.5}\nstudent: {loss: square}",
			", ridge: 0.3")
		limit, m := solve(t, s, Settings{Probes: true}), mustMinimise(t, s, penalty{ridge: 0.3})
		// r = (ω + Vy)/(1+V), whose variance is that of ω and y put together.
		v, y := m.response, m.rho+0.25
		field := math.Sqrt(m.norm+2*v*m.overlap+v*v*y) / (1 + v)
		grid := s.Probes().Grid
		for i, x := range grid {
			near(t, "law of fields", limit.Probes[i], distuv.UnitNormal.CDF(x/field), 1e-8)
			if covariance == "identity" { // where q is the weights' own second moment
				near(t, "law of weights", limit.Probes[len(grid)+i], distuv.UnitNormal.CDF(x/math.Sqrt(m.norm)), 1e-8)
			}
		}
	}
}

// A minimiser that interpolates has the labels as its fields.
func TestLawWhereItInterpolates(t *testing.T) {
	s := minimizer(t, "data: {alpha: 0.5}\nteacher: {label: tanh, noise: 0.3}\nstudent: {loss: square}", "")
	limit := solve(t, s, Settings{Probes: true})
	for i, x := range s.Probes().Grid { // y = tanh of N(0, 1 + 0.3²)
		want := distuv.UnitNormal.CDF(math.Atanh(min(max(x, -1), 1)) / math.Sqrt(1.09))
		near(t, "law of fields", limit.Probes[i], want, 1e-8)
	}
}

// The share of weights that are 0 is the jump of their law, and a LASSO's response is that of the others: V R = E P(w ≠ 0).
func TestLawOfSparseWeights(t *testing.T) {
	s := minimizer(t, "data: {alpha: 1}\nteacher: {label: linear, noise: 0.2, weights: {sparse: 0.1}}\nstudent: {loss: square}", ", l1: 0.3")
	side, err := newWeightSide(s, penalty{l1: 0.3})
	if err != nil {
		t.Fatal(err)
	}
	c := coupling{0.7, 0.5, func(float64) float64 { return -0.9 }}
	law := weightLaw(s, c, penalty{l1: 0.3}, []float64{-1e-12, 0})
	near(t, "share of zeros", law[1]-law[0], 1-side.moments(c).response*c.response, 1e-9)
}

// The mistakes of a theory with steps that a theory without them can make too, against what they are in formulas; the
// others are said to be none.
func TestStaticMistakes(t *testing.T) {
	const alpha, ridge, noise = 2.0, 0.3, 0.5
	lines := "data: {alpha: 2}\nteacher: {label: linear, noise: 0.5}\nstudent: {loss: square}"
	s := minimizer(t, lines, ", ridge: 0.3")
	column := func(a Ablation) (overlap, norm, train float64) {
		row := solve(t, s, Settings{Ablation: a}).Mean[0]
		return row[0], row[1], row[3]
	}
	// Without the reaction R = α, R* = −α, and τ² = α E(ω−y)² with E(ω−y)² = q − 2m + 1 + σ².
	overlap, norm, train := column(NoMemory)
	m := alpha / (alpha + ridge)
	width := 1 / (alpha + ridge)
	q := (m*m + alpha*width*width*(1-2*m+1*noise*noise)) / (1 - alpha*width*width)
	near(t, "overlap", overlap, m, 1e-8)
	near(t, "norm", norm, q, 1e-8)
	near(t, "train loss", train, (q-2*m+1+noise*noise)/2, 1e-8)
	if overlap, _, _ = column(NoTeacherDrift); math.Abs(overlap) > 1e-9 {
		t.Errorf("overlap %g without the teacher's drift", overlap)
	}
	overlap, _, _ = column(WrongAlpha)
	near(t, "overlap", overlap, mustMinimise(t, minimizer(t, strings.Replace(lines, "alpha: 2", "alpha: 2.1", 1), ", ridge: 0.3"),
		penalty{ridge: 0.3}).overlap, 1e-12)
	right, _, _ := column(None)
	for _, a := range Ablations() {
		x, _, _ := column(a)
		if why := a.Blind(s); (why == "") == (x == right) {
			t.Errorf("%s: overlap %g, in the right theory %g; blind: %q", a, x, right, why)
		}
	}
}

// What has no minimiser is an error that says so.
func TestSolveWithoutMinimizer(t *testing.T) {
	for _, c := range []struct{ lines, settings, want string }{
		{"data: {alpha: 2}\nteacher: {label: sign}\nstudent: {loss: logistic}", "", "separable"},
		{"data: {alpha: 1}\nteacher: {label: linear}\nstudent: {loss: square}", "", "alpha 1"},
		{"data: {alpha: 0.5}\nteacher: {label: tanh}\nstudent: {loss: absolute}", "", "alpha ≤ 1"},
	} {
		_, err := Solve(t.Context(), minimizer(t, c.lines, c.settings), Settings{})
		if none := new(NoMinimizerError); !errors.As(err, &none) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

// Clusters of unequal width have no closed form for the square loss; as the widths become equal the fixed point tends to it.
// Observables change by less than the width does.
func TestUnequalClusters(t *testing.T) {
	const lines = "data: {alpha: 2, mixture: {positions: [-1, 1], weights: [0.4, 0.6], labels: [-1, 1], variance: %s}}\n" +
		"student: {loss: square}"
	const apart = 1e-6
	equal := mustMinimise(t, static(t, fmt.Sprintf(lines, "0.5")), penalty{ridge: 0.1})
	s := static(t, fmt.Sprintf(lines, fmt.Sprintf("[0.5, %g]", 0.5+apart)))
	unequal := mustMinimise(t, s, penalty{ridge: 0.1})
	if equal.iterations != 0 || unequal.iterations == 0 {
		t.Errorf("solved by %s and %s", equal.source(), unequal.source())
	}
	for j, x := range unequal.row(s) {
		near(t, s.Observables()[j], x, equal.row(s)[j], apart)
	}
}
