package montecarlo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat"

	"limitcheck/scenarios"
)

// Gradient descent on linear regression from W_0 = 0 has the overlap ηE tr A/d = ηα after one step and 2ηα − η²E tr A²/d after two,
// A = XᵀX. E tr A²/d = α + α² + α(κ−2)/d with the entries' fourth moment κ, exactly at every d: laws agree at step 1 and
// differ at step 2 by a known multiple of 1/d. First the matrices: of eight means each is within 4.5 standard errors, so that
// the chance of a false alarm is 6e-5, and at step 2 the nearest two laws are ten apart. Then the engine.
func TestEntriesDifferAtStepTwo(t *testing.T) {
	const d, alpha, matrices = 10, 2, 10000
	fourth := map[string]float64{"gaussian": 3, "rademacher": 1, "uniform": 1.8, "{sparse: 0.2}": 15}
	for name, kurtosis := range fourth {
		law, err := scenarios.Named[scenarios.EntryLaw](name)
		if err != nil {
			t.Fatal(err)
		}
		var first, second []float64
		for i := range matrices {
			stream := func(block int) *rand.Rand { return newStream(17, uint64(i), uint64(block)) }
			z := drawDense[float64](alpha*d, d, law, stream, pool{workers: 1})
			var a mat.Dense
			a.Mul(z.entries().T(), z.entries())
			z.free()
			first, second = append(first, mat.Trace(&a)/d), append(second, math.Pow(mat.Norm(&a, 2), 2)/d) // Frobenius norm
		}
		near(t, name+": tr A/d", first, alpha)
		near(t, name+": tr A²/d", second, alpha+alpha*alpha+alpha*(kurtosis-2)/d)
	}
	const eta = 0.3
	for _, name := range []string{"rademacher", "{sparse: 0.2}"} {
		s, err := scenarios.Parse("x.yaml", []byte(fmt.Sprintf(`name: a
data: {alpha: %d, entries: %s}
teacher: {label: linear}
student: {loss: square}
method: {kind: sgd, learning_rate: %g, steps: 2}
init: {overlap: 0, norm: 0}`, alpha, name, eta)))
		if err != nil {
			t.Fatal(err)
		}
		list := simulateAll(t, s, jobsOf(d, 400), Settings{points: 16})
		overlap := func(step int) []float64 { return collect(list, func(r *Replica) float64 { return r.Values[step][0] }) }
		near(t, name+": overlap at step 1", overlap(1), eta*alpha)
		near(t, name+": overlap at step 2", overlap(2), 2*eta*alpha-eta*eta*(alpha+alpha*alpha+alpha*(fourth[name]-2)/d))
	}
}

// near tests a mean at 4.5 standard errors.
func near(t *testing.T, what string, x []float64, want float64) {
	t.Helper()
	mean, deviation := stat.MeanStdDev(x, nil)
	if se := deviation / math.Sqrt(float64(len(x))); !(math.Abs(mean-want) <= 4.5*se+1e-12) {
		t.Errorf("%s is %g ± %g, want %g", what, mean, se, want)
	}
}

// own is the Gaussian law in the clothes of another.
type own struct{}

func (own) Entry(u float64) float64 { return mathext.NormalQuantile(u) }

// What is measured on new samples has the mean of the integral, and everything else the law that it has without: by
// Kolmogorov–Smirnov tests and by the difference of means in standard errors, each with a chance of false alarm below 1e-5.
func TestHeldOutSamples(t *testing.T) {
	const replicas = 300
	for _, name := range []string{"logistic-sgd", "mixture-two", "ridge-spectrum"} {
		s := find(t, name)
		s.Method.Steps = 3
		d := small(t, s, 30)
		integrated := simulateAll(t, s, jobsOf(d, replicas), Settings{Engine: Dense, points: 64})
		s.Data.Entries = own{}
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		measured := simulateAll(t, s, jobsOf(d, replicas), Settings{points: 64})
		if measured[0].Engine != string(Dense) {
			t.Errorf("chose %s", measured[0].Engine)
		}
		for j, observable := range s.Observables() {
			value := func(r *Replica) float64 { return r.Values[3][j] }
			x, y := collect(integrated, value), collect(measured, value)
			if strings.HasPrefix(observable, "test") {
				a, va := stat.MeanVariance(x, nil)
				b, vb := stat.MeanVariance(y, nil)
				if se := math.Sqrt((va + vb) / replicas); math.Abs(a-b) > 4.5*se {
					t.Errorf("%s: %s is %g on new samples, %g by integration, standard error %g", name, observable, b, a, se)
				}
			} else if p := kolmogorovSmirnov(x, y); p < 1e-5 {
				t.Errorf("%s: %s: p = %g", name, observable, p)
			}
		}
	}
}

// The conditioning engine says that it cannot, and the memory counts the new samples.
func TestEntriesNeedTheMatrix(t *testing.T) {
	s := find(t, "rademacher")
	const want = "rademacher: the conditioning engine has Gaussian entries only, not data.entries rademacher; the dense engine draws any"
	if _, err := Simulate(t.Context(), s, Job{Dim: 100}, Settings{Engine: Conditioning}); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	with := footprint(s, 10_000, Dense, false)
	s.Data.Entries = nil
	if ratio := float64(with) / float64(footprint(s, 10_000, Dense, false)); ratio < 1.9 || ratio > 2.1 {
		t.Errorf("new samples take %g times the memory, want 2", ratio)
	}
}
