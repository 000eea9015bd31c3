package scenarios

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Two student and two teacher vectors in the plane, W_0 = (3, 4), W_1 = (0, 2), W*_0 = (1, 0), W*_1 = (0, 5), and Σ the
// identity: every observable by hand from its definition in docs/theory.md, ⟨a,b⟩ = aᵀb/2.
var plane = &State{
	Teacher: [][]float64{{0.5}, {0, 12.5}},
	Overlap: [][]float64{{1.5, 10}, {0, 5}},
	Student: [][]float64{{12.5}, {4, 2}},
	Train:   Risk{Loss: 0.25, Error: 0.125},
	Test:    Risk{Loss: 0.75, Error: 0.375},
}

func TestObservablesByHand(t *testing.T) {
	want := map[string]float64{
		"overlap_0_0": 1.5, "overlap_0_1": 10, "overlap_1_0": 0, "overlap_1_1": 5,
		"norm_0_0": 12.5, "norm_0_1": 4, "norm_1_1": 2,
		"cosine_0_0": 0.6, "cosine_0_1": 0.8, "cosine_1_0": 0, "cosine_1_1": 1, // of the angles in the plane
		"train_loss": 0.25, "test_loss": 0.75, "train_error": 0.125, "test_error": 0.375,
	}
	s := &Scenario{Student: Student{Units: 2}, Teacher: Teacher{Units: 2, Label: signLabel{}}}
	definitions := s.Definitions()
	row := Row(definitions, plane)
	for j, o := range definitions {
		// One product, one root and one quotient of numbers that are exact.
		if w, known := want[o.Name]; !known || math.Abs(row[j]-w) > 4e-16 {
			t.Errorf("%s is %g, want %g", o.Name, row[j], w)
		}
		delete(want, o.Name)
	}
	if len(want) > 0 {
		t.Errorf("not reported: %v", want)
	}
}

// A vector that is 0 has cosine 0 with every other.
func TestCosineOfZero(t *testing.T) {
	for _, x := range []*State{
		{Teacher: [][]float64{{1}}, Overlap: [][]float64{{0}}, Student: [][]float64{{0}}},
		{Teacher: [][]float64{{0}}, Overlap: [][]float64{{0}}, Student: [][]float64{{1}}},
	} {
		if got := x.cosine([]int{0, 0}); got != 0 {
			t.Errorf("C = %v, ρ = %v: cosine %g", x.Student, x.Teacher, got)
		}
	}
}

// Observed makes of a name the observable that has it; the words and formulas are those of the entry.
func TestObservedByName(t *testing.T) {
	for _, units := range []int{1, 2, 12} {
		s := &Scenario{Student: Student{Units: units}, Teacher: Teacher{Units: units, Label: signLabel{}}}
		names := map[string]bool{}
		for _, o := range s.Definitions() {
			if diff := cmp.Diff(o, Observed(o.Name), cmpopts.IgnoreFields(Observable{}, "Value")); diff != "" {
				t.Error(diff)
			}
			if names[o.Name] {
				t.Errorf("two observables are called %s", o.Name)
			}
			names[o.Name] = true
		}
	}
	for _, c := range []Observable{
		{Name: "overlap", Words: "overlap", Symbol: "WᵀΣW* / d", Kind: OverlapEntry},
		{Name: "norm_0_11", Words: "norm (0, 11)", Symbol: "W₀ᵀΣW₁₁ / d", Kind: NormEntry, Index: []int{0, 11}},
		{Name: "cosine_1_0", Words: "cosine similarity (1, 0)", Symbol: "cos(W₁, W*₀)", Kind: CosineEntry, Index: []int{1, 0}},
		{Name: "test_error", Words: "test error", Symbol: "fraction wrong", Kind: ErrorRate},
		{Name: "my_own", Words: "my own", Symbol: "my_own"},
		{Name: "overlap_01_2", Words: "overlap 01 2", Symbol: "overlap_01_2"},
		{Name: "overlap_1_2_3", Words: "overlap 1 2 3", Symbol: "overlap_1_2_3"},
		{Name: "overlap_-1_2", Words: "overlap -1 2", Symbol: "overlap_-1_2"},
		{Name: "overlap_", Words: "overlap ", Symbol: "overlap_"},
		{Name: "overlapping", Words: "overlapping", Symbol: "overlapping"},
		{Name: "", Words: "", Symbol: ""},
	} {
		if diff := cmp.Diff(c, Observed(c.Name)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestObservablesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/theory.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range quantities {
		if !strings.Contains(string(text), "`"+q.name+"`") {
			t.Errorf("docs/theory.md does not say what %s is", q.name)
		}
	}
}
