package theory

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"limitcheck/scenarios"
)

// twoClasses are softmax regression on two clusters and the logistic regression that W_0 − W_1 does then: with
// y = ±1 for the classes 0 and 1, g_0 = −g_1 is the logistic gradient in the field r_0 − r_1, so that the difference's
// rate is 2η and, for ηλ as before, its ridge λ/2; likewise b_0 − b_1 and the offset c at twice the rate.
func twoClasses(t *testing.T, batch string, overlap, norm float64) (softmax, logistic *scenarios.Scenario) {
	t.Helper()
	const text = `
data: {alpha: 2, mixture: {positions: [-1, 1], weights: [0.4, 0.6], labels: [%s], variance: 0.5}}
student: {units: %d, loss: %s, %s}
method: {kind: heavy-ball, momentum: 0.4, learning_rate: %g, ridge: %g, batch: %s, steps: 6}
init: {overlap: %s, norm: %g}`
	softmax = parse(t, fmt.Sprintf(text, "1, 0", 2, "cross-entropy", "biases: {start: [0.2, -0.1], learning_rate: 0.1}",
		0.2, 0.3, batch, fmt.Sprintf("[[%g], [%g]]", overlap, -overlap), norm))
	logistic = parse(t, fmt.Sprintf(text, "-1, 1", 1, "logistic", "offset: {start: 0.3, learning_rate: 0.2}",
		0.4, 0.15, batch, fmt.Sprint(2*overlap), 2*norm))
	return softmax, logistic
}

// difference has, of the observables of softmax regression on two classes, those of the logistic regression.
func difference() map[string]map[string]float64 {
	return map[string]map[string]float64{
		"overlap":    {"overlap_0_0": 1, "overlap_1_0": -1},
		"norm":       {"norm_1_1": 1, "norm_0_1": -2, "norm_0_0": 1},
		"offset":     {"bias_0": 1, "bias_1": -1},
		"train_loss": {"train_loss": 1}, "train_error": {"train_error": 1},
		"test_loss": {"test_loss": 1}, "test_error": {"test_error": 1},
	}
}

// From a start without random part both have the same samples to their quadrature, and differ by rounding, which grows a
// little from step to step; the test quantities are integrals over other points.
func TestSoftmaxOfTwoIsLogistic(t *testing.T) {
	softmax, logistic := twoClasses(t, "{fraction: 1}", 0.1, 0)
	two, one := solve(t, softmax, exactSettings()), solve(t, logistic, exactSettings())
	for name, coef := range difference() {
		for step := range one.Mean {
			got, se := combination(two, step, coef)
			want, error := combination(one, step, map[string]float64{name: 1})
			if !strings.HasPrefix(name, "test") {
				se, error = 0, 0
			}
			within(t, name, step, got, math.Hypot(se, error), want)
		}
	}
}

// From any start, and with any batch, they agree within their errors.
func TestSoftmaxOfTwoIsLogisticAnyhow(t *testing.T) {
	for _, batch := range []string{"{fraction: 0.5}", "{fraction: 0.5, sampling: fresh}"} {
		softmax, logistic := twoClasses(t, batch, 0.1, 0.7)
		two, one := solve(t, softmax, exactSettings()), solve(t, logistic, exactSettings())
		for name, coef := range difference() {
			for step := range one.Mean {
				got, se := combination(two, step, coef)
				want, error := combination(one, step, map[string]float64{name: 1})
				within(t, batch+" "+name, step, got, math.Hypot(se, error), want)
			}
		}
	}
}

// The gradients of the cross-entropy add up to 0: the last of them adds no direction, and without ridge Σ_k W_k stays what it
// is, so that its square Σ_kl C_kl does.
func TestSoftmaxConservesTheSum(t *testing.T) {
	for _, batch := range []string{"{fraction: 1}", "{fraction: 0.5}", "{fraction: 0.5, sampling: fresh}"} {
		s := parse(t, `
data: {alpha: 2}
teacher: {units: 3, label: argmax}
student: {units: 3, loss: cross-entropy}
method: {kind: sgd, learning_rate: 0.5, batch: `+batch+`, steps: 5}
init: {overlap: 0.2, norm: 0.6}`)
		w := newSweep(s, mustDefault(t, s, Settings{Paths: 1024}), 0, pool{workers: 1})
		if err := w.run(t.Context(), func() {}); err != nil {
			t.Fatal(err)
		}
		if got, want := len(w.noise), 2*s.Method.Steps; got != want {
			t.Errorf("%s: %d directions f, want %d", batch, got, want)
		}
		sum := map[string]float64{"norm_0_0": 1, "norm_1_1": 1, "norm_2_2": 1, "norm_0_1": 2, "norm_0_2": 2, "norm_1_2": 2}
		limit := &Limit{Observables: s.Observables(), Mean: w.curve, Replicates: [][][]float64{w.curve, w.curve}}
		for step := range w.curve {
			got, _ := combination(limit, step, sum)
			within(t, batch, step, got, 0, 3*0.04+3*0.6)
		}
	}
}

func mustDefault(t *testing.T, s *scenarios.Scenario, set Settings) Settings {
	t.Helper()
	set, err := set.withDefaults(s)
	if err != nil {
		t.Fatal(err)
	}
	return set
}
