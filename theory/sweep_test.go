package theory

import (
	"context"
	"errors"
	"math"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limitcheck/scenarios"
)

// The sampled sweep agrees with the closed form at every step and observable within 5 of its own standard errors
// (Student's t with 15 degrees of freedom, two-sided 1.6e-4 each; the 250 strongly correlated points of a scenario make
// a false alarm at most a few per cent, and the seed is fixed), and these are as small as promised.
func TestSweepAgreesWithClosedForm(t *testing.T) {
	for name, limits := range map[string]float64{"ridge-gd": 2e-4, "ridge-sgd": 5e-4, "ridge-sgd-small-batch": 5e-4,
		"ridge-heavy-ball": 2e-4, "ridge-nesterov": 2e-4, "ridge-langevin": 2e-4, "ridge-spectrum": 2e-4} {
		t.Run(name, func(t *testing.T) {
			s := find(t, name)
			paths := 16384
			if testing.Short() {
				s.Method.Steps, paths, limits = 6, 1024, 2e-3
			}
			exact := solve(t, s, Settings{})
			sampled := solve(t, s, Settings{Sampled: true, Paths: paths, Scramblings: 16})
			if exact.Source != "closed form" {
				t.Fatalf("%s has no closed form", name)
			}
			for step, row := range sampled.Mean {
				for j, x := range row {
					diff, se := math.Abs(x-exact.Mean[step][j]), sampled.StandardError[step][j]
					if diff > 5*se+1e-12 {
						t.Errorf("step %d, %s: %.8f, exact %.8f, standard error %.1e", step, exact.Observables[j], x, exact.Mean[step][j], se)
					}
					if j == 0 && se > limits {
						t.Errorf("step %d: standard error of the overlap %.1e above %.0e", step, se, limits)
					}
				}
			}
			compareKernels(t, sampled, exact.Kernels)
		})
	}
}

// compareKernels allows 6 standard errors of 16 scramblings (2e-5 each, a few thousand strongly dependent entries).
// Entries that the gauge says it cannot identify are left out; those of the first six steps it must.
func compareKernels(t *testing.T, limit *Limit, want *Kernels) {
	t.Helper()
	exact, errors := want.entries(), limit.KernelErrors.entries()
	for _, kernel := range [][][][][]float64{limit.Kernels.WeightResponse, limit.Kernels.GradientResponse} {
		for step := range min(6, len(kernel)) {
			for s := range step {
				if math.IsNaN(kernel[step][s][0][0]) {
					t.Errorf("kernel not identified at %d, %d", step, s)
				}
			}
		}
	}
	for i, x := range limit.Kernels.entries() {
		if diff := math.Abs(*x - *exact[i]); diff > 6**errors[i]+1e-12 {
			t.Errorf("kernel entry %d: %.6f, exact %.6f, standard error %.1e", i, *x, *exact[i], *errors[i])
		}
	}
}

// Ablations differ from the full theory where they must and nowhere else: with the square loss at full batch, redrawn
// noise leaves the overlap alone but not the norm.
func TestAblations(t *testing.T) {
	s := find(t, "ridge-gd")
	s.Method.Steps = 8
	if testing.Short() {
		t.Skip("eight theories")
	}
	full := solve(t, s, Settings{})
	for _, ablation := range Ablations() {
		wrong := solve(t, s, Settings{Ablation: ablation, Paths: 4096})
		shift := func(j int) (worst float64) {
			for step := range full.Mean {
				worst = max(worst, math.Abs(wrong.Mean[step][j]-full.Mean[step][j]))
			}
			return worst
		}
		overlap, norm := shift(0), shift(1)
		switch ablation {
		case DoubleBatch:
			if overlap > 1e-3 || norm > 1e-3 {
				t.Errorf("%s changes a full batch: overlap by %.1e, norm by %.1e", ablation, overlap, norm)
			}
		case RedrawnNoise:
			if overlap > 1e-3 || norm < 1e-2 {
				t.Errorf("%s shifts the overlap by %.1e, the norm by %.1e", ablation, overlap, norm)
			}
		default:
			if norm < 5e-3 {
				t.Errorf("%s shifts the overlap by %.1e, the norm by %.1e only", ablation, overlap, norm)
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
		s.Method.LearningRate = scenarios.Constant(1e20)
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
// pseudo-random if not.
func TestPopulationAgreesWithClosedForm(t *testing.T) {
	if testing.Short() {
		t.Skip("four runs of 16 scramblings")
	}
	for _, name := range []string{"ridge-gd", "ridge-spectrum"} {
		for _, separable := range []bool{true, false} {
			s := find(t, name)
			s.Method.Steps = 12
			exact := solve(t, s, Settings{})
			s.Method.Custom = opaque{s.Optimizer(), separable}
			sampled := solve(t, s, Settings{Paths: 16384, Coordinates: 16384, Scramblings: 16})
			for step, row := range sampled.Mean {
				for j, x := range row {
					diff, se := math.Abs(x-exact.Mean[step][j]), sampled.StandardError[step][j]
					// 5 standard errors of Student's t with 15 degrees of freedom: two-sided 1.6e-4 each.
					if diff > 5*se+1e-12 {
						t.Errorf("%s, separable %v, step %d, %s: %.6f, exact %.6f, standard error %.1e", name, separable, step, exact.Observables[j], x, exact.Mean[step][j], se)
					}
				}
			}
		}
	}
}

// A mini-batch run that is long for its number of paths stays on the limit: with T/N = 1/8 the Gram matrix of the gradients
// with the mask integrated out is far from positive, which once made the sweep blow up. The norm at the last step is O(1)
// and its error N^{-1/2} or so a scrambling: 5 % covers it ten times over.
func TestLongMiniBatchRunIsStable(t *testing.T) {
	s := find(t, "logistic-sgd")
	s.Method.Steps = 128
	limit := solve(t, s, Settings{Paths: 1024, Scramblings: 4})
	// By step 50 the run has converged; the default theory has overlap 1.732 and norm 4.286 there, 1.736 at 100.
	last := limit.Mean[128]
	for r, curve := range limit.Replicates {
		if math.Abs(curve[128][0]-1.736) > 0.05*1.736 {
			t.Errorf("scrambling %d ends at overlap %.3f (mean %.3f)", r, curve[128][0], last[0])
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
