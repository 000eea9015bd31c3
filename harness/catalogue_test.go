package harness_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"limitcheck/compare"
	"limitcheck/harness"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// combinations are problems whose parts the catalogue has one by one but not together, as scenario files without a name.
var combinations = map[string]string{
	"committee-persistent-spectrum": `
data: {alpha: 3, covariance: {values: [0.25, 4], weights: [0.8, 0.2]}}
teacher: {units: 2, label: {expression: "(erf(h[0]/sqrt(2)) + erf(h[1]/sqrt(2))) / sqrt(2) + noise"}, noise: 0.1}
student: {units: 2, loss: square, activation: erf}
method: {kind: sgd, learning_rate: 0.1, ridge: 0.05, batch: {fraction: 0.5, sampling: persistent, on_time: 3}, steps: 6}
init: {overlap: [[0.4, 0.1], [0.1, 0.4]], norm: 0.3}`,
	"mixture-spectrum": `
data:
  alpha: 2
  covariance: {values: [0.25, 4], weights: [0.8, 0.2]}
  mixture: {positions: [-1, 1], weights: [0.5, 0.5], labels: [-1, 1], variance: 0.8}
student: {loss: logistic}
method: {kind: sgd, learning_rate: 0.2, ridge: 0.1, steps: 6}
init: {overlap: 0.1, norm: 1}`,
	"mixture-heavy-ball": `
data:
  alpha: 2
  mixture: {positions: [-1, 1.5], weights: [0.6, 0.4], labels: [-1, 1], variance: 0.5}
student: {loss: logistic}
method: {kind: heavy-ball, learning_rate: 0.4, ridge: 0.1, momentum: 0.5, steps: 6}
init: {overlap: 0.1, norm: 1}`,
	"mixture-nesterov-fixed": `
data:
  alpha: 2
  mixture: {positions: [-1, 1.5], weights: [0.6, 0.4], labels: [-1, 1], variance: 0.5}
student: {loss: hinge}
method: {kind: nesterov, learning_rate: 0.2, momentum: 0.5, batch: {fraction: 0.5, sampling: fixed}, steps: 6}
init: {overlap: 0.1, norm: 1}`,
	"adam-power-law-epoch": `
data: {alpha: 2, covariance: {power_law: 1}}
teacher: {label: sign}
student: {loss: logistic}
method: {kind: adam, learning_rate: 0.15, batch: {fraction: 0.5, sampling: epoch}, steps: 6}
init: {overlap: 0.1, norm: 1}`,
	"fista-fused-ar1": `
data: {alpha: 1, covariance: {ar1: 0.5}}
teacher: {label: linear, noise: 0.2, weights: {piecewise: 10}}
student: {loss: square}
method: {kind: fista, learning_rate: 0.1, l1: 0.05, fused: 0.2, steps: 6}
init: {overlap: 0.1, norm: 0.5}`,
	"langevin-fresh": `
data: {alpha: 2}
teacher: {label: sign}
student: {loss: logistic}
method: {kind: langevin, learning_rate: 0.4, ridge: 0.1, temperature: 0.3, batch: {fraction: 0.5, sampling: fresh}, steps: 6}
init: {overlap: 0.1, norm: 1}`,
	"nesterov-fresh-spectrum": `
data: {alpha: 2, covariance: {values: [0.25, 4], weights: [0.8, 0.2]}}
teacher: {label: relu, noise: 0.2}
student: {loss: square}
method: {kind: nesterov, learning_rate: 0.04, momentum: 0.5, batch: {fraction: 0.5, sampling: fresh}, steps: 6}
init: {overlap: 0.2, norm: 1}`,
	"sparse-ar1-sgd": `
data: {alpha: 2, covariance: {ar1: 0.5}}
teacher: {label: linear, noise: 0.2, weights: {sparse: 0.2}}
student: {loss: square}
method: {kind: sgd, learning_rate: 0.1, ridge: 0.1, batch: {fraction: 0.5}, steps: 6}
init: {overlap: 0.2, norm: 1}`,
	"spherical-mini-batch": `
data: {alpha: 2, covariance: {marchenko_pastur: 0.5}}
teacher: {label: sign}
student: {loss: logistic}
method: {kind: spherical, learning_rate: 0.3, batch: {fraction: 0.5}, steps: 6}
init: {overlap: 0.1, norm: 1}`,
	"sign-committee": `
data: {alpha: 3}
teacher: {units: 2, label: {expression: "tanh(h[0]) + tanh(h[1])"}}
student: {units: 2, loss: huber, activation: tanh, output_weights: [0.9, 0.6]}
method: {kind: sign, learning_rate: 0.1, batch: {fraction: 0.5}, steps: 6}
init: {overlap: [[0.4, 0.1], [0.1, 0.4]], norm: 0.3}`,
}

// TestCatalogue compares theory with the finite-d engines, which take turns, on every entry of the catalogue and on the
// combinations, over six steps: the curves, the two-time correlations, kernels and laws. (That the engines agree with each
// other on all of them is montecarlo's to test.) If all are right, the chance of any failure is 1e-3 (Bonferroni over the
// comparisons); the seeds are fixed.
//
// What agreement is worth is measured beside it: a theory with α 5 % too large must be told from the right one in a third of
// the comparisons of curves at least.
func TestCatalogue(t *testing.T) {
	cases := scenarios.Catalogue()
	for _, name := range slices.Sorted(maps.Keys(combinations)) {
		s, err := scenarios.Parse(name, []byte("name: "+name+combinations[name]))
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, s)
	}
	type experiment struct {
		engine   montecarlo.Engine
		dims     []int // at which αd and the batch are whole for every case
		replicas int
	}
	experiments := []experiment{ // each takes about as long as the other
		{montecarlo.Conditioning, []int{120, 240, 480, 960}, 20},
		{montecarlo.Dense, []int{60, 120, 240, 360}, 16},
	}
	if testing.Short() {
		experiments = []experiment{{montecarlo.Conditioning, []int{120, 240, 480, 960}, 12}}
	}
	comparisons, done, seen := len(cases), 0, 0
	for i, s := range cases {
		t.Run(s.Name, func(t *testing.T) {
			steps := s.Method.Steps
			s.Method.Steps, s.Experiment.Flow = min(steps, 6), 0
			err := s.Validate() // which tells a schedule the number of steps
			if err != nil {     // a list of rates has one for each of the steps that there were
				s.Method.Steps = steps
				err = s.Validate()
			}
			if err != nil {
				t.Fatal(err)
			}
			limit := solve(t, s, theory.Settings{Probes: true})
			wrong := compare.Ablated{Name: "α too large",
				Prediction: harness.Prediction(solve(t, s, theory.Settings{Ablation: theory.WrongAlpha}))}
			e := experiments[i%len(experiments)]
			_, static := s.Method.Minimizer()
			if static { // its solver makes more products than conditioning likes
				e = experiment{montecarlo.Dense, []int{60, 120, 240}, 24}
			}
			replicas := simulate(t, s, e.engine, e.dims, e.replicas)
			c, err := harness.Compare(limit, replicas, compare.Settings{Resamples: 1000, Ablations: []compare.Ablated{wrong}})
			if err != nil {
				t.Fatal(err)
			}
			if p := c.Joint(); p < 1e-3/float64(comparisons) {
				t.Errorf("%s engine: p = %.2g; curves %.2g, |t| = %.1f at %v%s", e.engine, p, c.PValue, c.MaxT, c.Worst, families(c))
			}
			if static {
				return // one row tells less than a curve
			}
			done++
			if c.Ablations[0].PValue < compare.Level {
				seen++
			}
		})
	}
	if done > comparisons/2 && 3*seen < done { // not if only some cases were asked for
		t.Errorf("α 5 %% too large is seen in only %d of %d comparisons", seen, done)
	}
	t.Logf("α 5 %% too large is seen in %d of %d comparisons", seen, done)
}

func solve(t *testing.T, s *scenarios.Scenario, set theory.Settings) *theory.Limit {
	t.Helper()
	set.Paths, set.Coordinates, set.Seed = 8192, 8192, 1
	limit, err := theory.Solve(t.Context(), s, set)
	if err != nil {
		t.Fatal(err)
	}
	return limit
}

func simulate(t *testing.T, s *scenarios.Scenario, engine montecarlo.Engine, dims []int, count int) (replicas []*montecarlo.Replica) {
	t.Helper()
	var jobs []montecarlo.Job
	for _, d := range dims {
		for i := range count {
			jobs = append(jobs, montecarlo.Job{Dim: d, Index: i})
		}
	}
	err := montecarlo.Run(t.Context(), s, slices.Values(jobs), montecarlo.Settings{Engine: engine}, func(r *montecarlo.Replica) error {
		replicas = append(replicas, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return replicas
}

// families lists the p-values of the families of probes.
func families(c *compare.Comparison) (text string) {
	for _, f := range c.Families {
		text += fmt.Sprintf(", %s %.2g", f.Name, f.PValue)
	}
	return text
}
