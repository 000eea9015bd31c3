package theory

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limitcheck/scenarios"
)

// The sampled sweep agrees with the closed form at every step and observable within 5 of its own standard errors
// (Student's t with 15 degrees of freedom, two-sided 1.6e-4 each; the 250 strongly correlated points of a scenario make
// a false alarm at most a few per cent, and the seed is fixed), and these are as small as promised.
func TestSweepAgreesWithClosedForm(t *testing.T) {
	found := 0
	for _, s := range scenarios.Catalogue() {
		if _, static := s.Method.Minimizer(); static || !hasClosedForm(s) { // a minimiser has no steps to sweep
			continue
		}
		found++
		t.Run(s.Name, func(t *testing.T) {
			paths, limit := 16384, 2e-4
			if s.Method.Batch.Size() < 1 {
				limit = 5e-4
			}
			if testing.Short() {
				s.Method.Steps, paths, limit = 6, 1024, 2e-3
			}
			exact := solve(t, s, Settings{})
			sampled := solve(t, s, Settings{Sampled: true, Paths: paths, Scramblings: 16})
			if exact.Source != "closed form" {
				t.Fatalf("solved by %s", exact.Source)
			}
			agreesWith(t, sampled, exact.Mean)
			for step, row := range sampled.StandardError {
				if row[0] > limit {
					t.Errorf("step %d: standard error of the overlap %.1e above %.0e", step, row[0], limit)
				}
			}
			compareKernels(t, sampled, exact.Kernels)
		})
	}
	if found == 0 {
		t.Error("the catalogue has no scenario with a closed form")
	}
}

// compareKernels allows 6 standard errors of 16 scramblings (2e-5 each, a few thousand strongly dependent entries).
// Entries that the gauge says it cannot identify are left out; those of the first six steps it must.
func compareKernels(t *testing.T, limit *Limit, want *Kernels) {
	t.Helper()
	for _, kernel := range []Kernel{limit.Kernels.WeightResponse, limit.Kernels.GradientResponse} {
		for step := range min(6, kernel.Times()) {
			for s := range step {
				if math.IsNaN(kernel.At(step, s, 0, 0)) {
					t.Errorf("kernel not identified at %d, %d", step, s)
				}
			}
		}
	}
	exact, errors := slices.Concat(want.data()...), slices.Concat(limit.KernelErrors.data()...)
	for i, x := range slices.Concat(limit.Kernels.data()...) {
		if diff := math.Abs(x - exact[i]); diff > 6*errors[i]+1e-12 {
			t.Errorf("kernel entry %d: %.6f, exact %.6f, standard error %.1e", i, x, exact[i], errors[i])
		}
	}
}

// Ablations differ from the full theory where they must and nowhere else, in units of the ablated theory's standard error
// over 16 scramblings and of 1e-12 for rounding: 5 at no step (1.6e-4 a point; the seeds are fixed), or more
// than 20 at some. With the square loss redrawn noise leaves the overlap alone but not the norm, and a full batch counted twice changes nothing.
func TestAblations(t *testing.T) {
	if testing.Short() {
		t.Skip("sixteen theories")
	}
	for _, name := range []string{"ridge-gd", "ridge-sgd"} {
		s := find(t, name)
		s.Method.Steps = 8
		full := solve(t, s, Settings{})
		for _, ablation := range Ablations() {
			wrong := solve(t, s, Settings{Ablation: ablation, Paths: 4096, Scramblings: 16})
			harmless := ablation == DoubleBatch && s.Method.Batch.Size() == 1
			for j, same := range []bool{harmless || ablation == RedrawnNoise, harmless} { // overlap, norm
				worst := 0.0
				for step, row := range full.Mean {
					worst = max(worst, math.Abs(wrong.Mean[step][j]-row[j])/(wrong.StandardError[step][j]+1e-12))
				}
				if same && worst > 5 || !same && worst < 20 {
					t.Errorf("%s, %s: the %s moves by %.1f standard errors", name, ablation, full.Observables[j], worst)
				}
			}
		}
	}
}

func TestSameBitsOnAnyNumberOfCores(t *testing.T) {
	for _, name := range []string{"logistic-sgd", "lasso-ista"} {
		s := find(t, name)
		s.Method.Steps = 4
		set := Settings{Paths: 2048, Coordinates: 8192, Scramblings: 2}
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		one := solve(t, s, set)
		runtime.GOMAXPROCS(3)
		three := solve(t, s, set)
		if diff := cmp.Diff(one.Mean, three.Mean); diff != "" {
			t.Errorf("%s depends on GOMAXPROCS: %s", name, diff)
		}
	}
}

func TestSolveErrors(t *testing.T) {
	s := find(t, "logistic-sgd")
	if _, err := Solve(context.Background(), s, Settings{Paths: 1000}); err == nil {
		t.Error("1000 paths accepted, not a power of two")
	}
	if _, err := Solve(context.Background(), s, Settings{Scramblings: 1}); err == nil {
		t.Error("one scrambling accepted, which has no spread")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Solve(ctx, s, Settings{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for _, sampled := range []bool{false, true} {
		s := find(t, "ridge-gd")
		s.Method.Optimizer = s.Method.Optimizer.(*scenarios.SGD).AtRate(scenarios.Constant(1e20))
		_, err := Solve(context.Background(), s, Settings{Sampled: sampled, Paths: 1024})
		// The squares of the weights grow by 1e40 or more a step: past 1e100 at step 3.
		var diverged *DivergenceError
		if !errors.As(err, &diverged) || diverged.Step != 3 {
			t.Errorf("sampled %v: %v", sampled, err)
		}
	}
}

// opaque hides that a method is linear, so that the sweep takes the population in the place of exact coefficients.
type opaque struct {
	scenarios.Optimizer
	separable bool
}

func (opaque) Linear() bool      { return false }
func (o opaque) Separable() bool { return o.separable }

// A population of coordinates gives the same limit as the exact coefficients: quasi-random if the method is separable,
// shuffled strata if not or if Σ mixes the coordinates.
func TestPopulationAgreesWithClosedForm(t *testing.T) {
	if testing.Short() {
		t.Skip("six runs of 16 scramblings")
	}
	for _, covariance := range []string{"identity", "{values: [0.2, 1, 3], weights: [0.3, 0.4, 0.3]}", "{ar1: 0.6}"} {
		for _, separable := range []bool{true, false} {
			t.Run(fmt.Sprint(covariance, separable), func(t *testing.T) {
				s := find(t, "ridge-spectrum")
				s.Method.Steps = 12
				s.Data.Covariance, _ = scenarios.Named[scenarios.Covariance](covariance)
				exact := solve(t, s, Settings{})
				if exact.Source != "closed form" {
					t.Fatalf("solved by %s", exact.Source)
				}
				s.Method.Optimizer = opaque{s.Method.Optimizer, separable}
				agreesWith(t, solve(t, s, Settings{Paths: 16384, Coordinates: 16384, Scramblings: 16}), exact.Mean)
			})
		}
	}
}

// A mini-batch run that is long for its number of paths stays on the limit: with T/N = 1/16 the Gram matrix of the gradients
// with the mask integrated out is far from positive, which once made the sweep blow up. It is compared with an independent
// run of eight times the paths: means within 5 standard errors of both.
func TestLongMiniBatchRunIsStable(t *testing.T) {
	if testing.Short() {
		t.Skip("128 steps")
	}
	s := find(t, "logistic-sgd")
	s.Method.Steps = 128
	short := solve(t, s, Settings{Paths: 2048, Scramblings: 16, Seed: 1})
	long := solve(t, s, Settings{Paths: 16384, Scramblings: 8, Seed: 2})
	for j, name := range short.Observables {
		for _, step := range []int{64, 128} {
			within(t, name, step, short.Mean[step][j], math.Hypot(short.StandardError[step][j], long.StandardError[step][j]), long.Mean[step][j])
		}
	}
}

// The bias of few paths is in the standard error: 4096 of them against 65536, where nothing is left of it, within 5. Without
// the second computation with a quarter of the paths losses and norm are off by 8 to 10.
func TestBiasIsInTheError(t *testing.T) {
	s := find(t, "logistic-gd")
	few, many := solve(t, s, Settings{Paths: 4096, Scramblings: 16, Seed: 1}), solve(t, s, Settings{Scramblings: 8, Seed: 2})
	for step, row := range few.Mean {
		for j, name := range few.Observables {
			within(t, name, step, row[j], math.Hypot(few.StandardError[step][j], many.StandardError[step][j]), many.Mean[step][j])
		}
	}
}

// Sign labels against the sign of a Gaussian field: the test error is arccos(cosine)/π at every step. 1e-5 is ten times
// the quadrature error of 2^14 points for the integral over the teacher's field that is left, whose jump at 0 is along an
// axis.
func TestErrorOfSigns(t *testing.T) {
	s := find(t, "hinge-gd")
	s.Method.Steps = 4
	limit := solve(t, s, Settings{Paths: 16384, Scramblings: 4})
	column := func(name string) int {
		for j, o := range limit.Observables {
			if o == name {
				return j
			}
		}
		t.Fatal(name)
		return 0
	}
	cosine, failure := column("cosine"), column("test_error")
	for r, curve := range limit.Replicates {
		for step, row := range curve {
			if want := math.Acos(row[cosine]) / math.Pi; math.Abs(row[failure]-want) > 1e-5 {
				t.Errorf("scrambling %d, step %d: test error %.8f, want %.8f", r, step, row[failure], want)
			}
		}
	}
}

// normalised is gradient descent whose gradients are scaled, in all units by the same factor, to a given size if they
// are larger: coefficients that depend on inner products with all units.
type normalised struct {
	scenarios.Optimizer
	size float64
}

func (n normalised) Step(m scenarios.Move) {
	square := 0.0
	for _, u := range m.U {
		square += m.Inner(u, u)
	}
	scaled := make([][]float64, len(m.U))
	for k, u := range m.U {
		for _, x := range u {
			scaled[k] = append(scaled[k], x*min(1, n.size/math.Sqrt(square)))
		}
	}
	m.U = scaled
	n.Optimizer.Step(m)
}

// A method sees all units at once. With one linear unit a scaled gradient has a closed form, which the sweep must reach.
// f = (r_0 + r_1)/2 of two units that start alike at 0.2 w* is f = r of one: at twice its learning rate they move as it
// does, because their gradients are half of its. Together these have 1/√2 of its size.
func TestMethodSeesAllUnits(t *testing.T) {
	s := find(t, "ridge-gd")
	s.Method.Steps = 6
	s.Method.Optimizer = normalised{s.Method.Optimizer, 0.8}
	exact := solve(t, s, Settings{})
	if exact.Source != "closed form" {
		t.Fatalf("solved by %s", exact.Source)
	}
	agreesWith(t, solve(t, s, exactSettings()), exact.Mean)

	s.Init.Overlap, s.Init.Norm = [][]float64{{0.2}}, 0
	descent := scenarios.SGD{LearningRate: scenarios.Constant(0.1), Ridge: scenarios.Constant(0)}
	s.Method.Optimizer = normalised{&descent, 0.8}
	one := solve(t, s, Settings{})
	s.Student.Units, s.Student.OutputWeights = 2, []float64{0.5, 0.5}
	s.Init.Overlap = [][]float64{{0.2}, {0.2}}
	s.Method.Optimizer = normalised{descent.AtRate(scenarios.Constant(0.2)), 0.8 / math.Sqrt2}
	two := solve(t, s, exactSettings())
	for step, row := range one.Mean {
		for k := range 2 {
			within(t, two.Observables[k], step, two.Mean[step][k], two.StandardError[step][k], row[0])
		}
	}
}
