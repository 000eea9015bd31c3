package montecarlo

import (
	"context"
	"math"
	"testing"

	"limitcheck/scenarios"
)

// Probes that are observables too: C(T,T) and the mean of w² are the norm, the mean of w·w* the overlap, the mean loss of
// the fields the train loss, to the rounding of sums of d or n terms of order one.
func TestProbesThatAreObservables(t *testing.T) {
	for _, engine := range []Engine{Dense, Conditioning} {
		s, err := scenarios.Find("logistic-sgd")
		if err != nil {
			t.Fatal(err)
		}
		s.Method.Steps = 6
		s.Experiment.Functions = []scenarios.Function{
			{Name: "square", Weights: "w[0]^2"}, {Name: "product", Weights: "w[0]*w_star[0]"}, {Name: "loss", Fields: "log1p(exp(-y*r[0]))"},
		}
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		r, err := Simulate(context.Background(), s, Job{Dim: 50}, Settings{Engine: engine})
		if err != nil {
			t.Fatal(err)
		}
		last := r.Values[6] // overlap, norm, cosine, train loss, …
		want := []float64{last[1], last[0], last[3]}
		at := len(r.Probes) - len(want)
		for i, w := range want {
			if math.Abs(r.Probes[at+i]-w) > 1e-12 {
				t.Errorf("%s, function %d: %.15g, observable %.15g", engine, i, r.Probes[at+i], w)
			}
		}
		count := 0
		for _, f := range s.Probes().Families() {
			count += len(f.Entries)
			if f.Name == "two-time correlation" && math.Abs(r.Probes[count-1]-last[1]) > 1e-12 {
				t.Errorf("%s: C(T,T) = %.15g, norm %.15g", engine, r.Probes[count-1], last[1])
			}
		}
		if count != len(r.Probes) {
			t.Errorf("%s: %d probes, the families list %d", engine, len(r.Probes), count)
		}
	}
}

// Back substitution inverts Σ_c response_c column_c = row, and a dependent column gets nothing.
func TestResponseSolvesItsTriangularSystem(t *testing.T) {
	columns := [][]float64{{2, 0, 0}, {1, 0, 0}, {0.5, -1, 0}, {0.3, 0.2, 4}}
	pivots := []int{0, dependent, 1, 2}
	row := []float64{1, 2, 3}
	x := response(columns, pivots, append([]float64(nil), row...))
	if x[1] != 0 {
		t.Errorf("a dependent column got %g of the response", x[1])
	}
	for i, want := range row {
		got := 0.0
		for c := range columns {
			got += x[c] * columns[c][i]
		}
		if math.Abs(got-want) > 1e-14 {
			t.Errorf("entry %d: %g, want %g", i, got, want)
		}
	}
}
