package scenarios

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A State is what an engine knows of the weights W_t at one step. Every observable is a function of it, so an engine
// computes a State and Definitions say what is reported of it, in which order and under which name. ⟨a,b⟩ = aᵀb/d; of
// the symmetric matrices the lower triangle is used.
type State struct {
	Teacher [][]float64 // ρ_ml = ⟨W*_m, ΣW*_l⟩, M×M
	Overlap [][]float64 // M_km = ⟨W_k, ΣW*_m⟩, K×M
	Student [][]float64 // C_kl = ⟨W_k, ΣW_l⟩, K×K
	Train   Risk        // over all samples, in the batch or not
	Test    Risk        // expectation over a fresh sample

	Parameters []float64 // θ, the student's own
}

// A Risk is a mean over samples.
type Risk struct {
	Loss  float64
	Error float64 // share of the samples that the student gets wrong; not used where there is no such thing
}

// An Observable is one column of both engines' curves.
type Observable struct {
	Name   string // of the column: "overlap", with several units "overlap_0_1"
	Words  string // "overlap", "overlap (0, 1)"
	Symbol string // formula for an axis
	Kind   ObservableKind
	Index  []int // of a matrix entry, [k m] or [k l]; nil where the column is the whole quantity

	Value func(*State) float64 // nil in what Observed returns
}

// ObservableKind says what sort of quantity an observable is.
type ObservableKind string

// The kinds of observables.
const (
	OverlapEntry ObservableKind = "overlap"
	NormEntry    ObservableKind = "norm"
	CosineEntry  ObservableKind = "cosine"
	MeanLoss     ObservableKind = "loss"
	ErrorRate    ObservableKind = "error"

	TrainedParameter ObservableKind = "parameter" // of the student's own, whose name and words it gives
)

// A quantity is one or more observables: a number, or the entries of a vector or matrix.
type quantity struct {
	name, words string
	symbol      string // {i} and {j} stand for the indices of an entry
	kind        ObservableKind
	entries     func(*Scenario) [][]int // indices of each entry; none if the scenario does not have the quantity
	value       func(x *State, index []int) float64
}

// quantities are what is reported of each step, in the order of the columns. To report more, add a line here, and to
// State what it is a function of.
var quantities = []quantity{
	{"overlap", "overlap", "W{i}ᵀΣW*{j} / d", OverlapEntry, studentByTeacher, (*State).overlap},
	{"norm", "norm", "W{i}ᵀΣW{j} / d", NormEntry, studentPairs, (*State).norm},
	{"cosine", "cosine similarity", "cos(W{i}, W*{j})", CosineEntry, studentByTeacher, (*State).cosine},
	{"train_loss", "training loss", "mean loss", MeanLoss, oneIfLoss, (*State).trainLoss},
	{"test_loss", "test loss", "mean loss", MeanLoss, oneIfLoss, (*State).testLoss},
	{"train_error", "training error", "fraction wrong", ErrorRate, oneIfErrors, (*State).trainError},
	{"test_error", "test error", "fraction wrong", ErrorRate, oneIfErrors, (*State).testError},
}

func (x *State) overlap(km []int) float64 { return x.Overlap[km[0]][km[1]] }
func (x *State) norm(kl []int) float64    { return x.Student[kl[1]][kl[0]] } // k ≤ l
func (x *State) trainLoss([]int) float64  { return x.Train.Loss }
func (x *State) testLoss([]int) float64   { return x.Test.Loss }
func (x *State) trainError([]int) float64 { return x.Train.Error }
func (x *State) testError([]int) float64  { return x.Test.Error }

// cosine is M_km/sqrt(C_kk ρ_mm), 0 if either vector is 0.
func (x *State) cosine(km []int) float64 {
	squares := x.Student[km[0]][km[0]] * x.Teacher[km[1]][km[1]]
	if squares == 0 {
		return 0
	}
	return x.overlap(km) / math.Sqrt(squares)
}

func studentByTeacher(s *Scenario) (entries [][]int) {
	for k := range s.Student.Units {
		for m := range s.Teacher.Units {
			entries = append(entries, []int{k, m})
		}
	}
	return entries
}

// studentPairs are the pairs k ≤ l.
func studentPairs(s *Scenario) (entries [][]int) {
	for k := range s.Student.Units {
		for l := k; l < s.Student.Units; l++ {
			entries = append(entries, []int{k, l})
		}
	}
	return entries
}

func one(*Scenario) [][]int { return [][]int{nil} }

func oneIfLoss(s *Scenario) [][]int {
	if !s.hasLoss() {
		return nil
	}
	return one(s)
}

func oneIfErrors(s *Scenario) [][]int {
	if !s.HasErrors() {
		return nil
	}
	return one(s)
}

// HasErrors reports whether a sample's label can be called wrong, so that train and test errors are observables.
func (s *Scenario) HasErrors() bool {
	kind := s.LabelKind()
	return kind != RealLabels && kind == s.Student.Model().Judges()
}

// Definitions are the scenario's observables in the order of the columns (docs/theory.md, "Observables").
func (s *Scenario) Definitions() (list []Observable) {
	for i := range quantities {
		q := &quantities[i]
		entries := q.entries(s)
		for _, index := range entries {
			o := q.observable(nil)
			if len(entries) > 1 {
				o = q.observable(index)
			}
			o.Value = func(x *State) float64 { return q.value(x, index) }
			list = append(list, o)
		}
	}
	for j, p := range s.Student.Model().Parameters() {
		list = append(list, Observable{Name: p.Name, Words: p.Words, Symbol: p.Symbol, Kind: TrainedParameter,
			Value: func(x *State) float64 { return x.Parameters[j] }})
	}
	return list
}

// Observables names the scenario's observables in the order of the columns. One unit: "overlap"; several: "overlap_0_1"
// is student 0 with teacher 1.
func (s *Scenario) Observables() (names []string) {
	for _, o := range s.Definitions() {
		names = append(names, o.Name)
	}
	return names
}

// Row lists the observables of a state.
func Row(definitions []Observable, x *State) []float64 {
	row := make([]float64, len(definitions))
	for j, o := range definitions {
		row[j] = o.Value(x)
	}
	return row
}

// Observed is the observable of that name, without a value, for readers of curves that have no scenario at hand. An
// unknown name is an observable of no kind, whose words are the name without underscores.
func Observed(name string) Observable {
	for i := range quantities {
		q := &quantities[i]
		if rest, found := strings.CutPrefix(name, q.name); found {
			if index, ok := readIndex(rest); ok {
				return q.observable(index)
			}
		}
	}
	return Observable{Name: name, Words: strings.ReplaceAll(name, "_", " "), Symbol: name}
}

// observable is the quantity's entry with these indices, or all of it if there are none, without a value.
func (q *quantity) observable(index []int) Observable {
	o := Observable{Name: q.name, Words: q.words, Kind: q.kind, Index: index}
	subscripts := []string{"", ""}
	for i, x := range index {
		o.Name += fmt.Sprintf("_%d", x)
		subscripts[i] = subscript(x)
	}
	if index != nil {
		o.Words += " (" + strings.Trim(strings.ReplaceAll(fmt.Sprint(index), " ", ", "), "[]") + ")"
	}
	o.Symbol = strings.NewReplacer("{i}", subscripts[0], "{j}", subscripts[1]).Replace(q.symbol)
	return o
}

// readIndex is what observable writes behind a quantity's name: "", or "_0_1" for [0 1].
func readIndex(suffix string) (index []int, ok bool) {
	if suffix == "" {
		return nil, true
	}
	for _, digits := range strings.Split(suffix, "_")[1:] {
		x, err := strconv.Atoi(digits)
		if err != nil || x < 0 || strconv.Itoa(x) != digits {
			return nil, false
		}
		index = append(index, x)
	}
	return index, suffix[0] == '_' && len(index) <= 2
}

func subscript(i int) string {
	return strings.NewReplacer("0", "₀", "1", "₁", "2", "₂", "3", "₃", "4", "₄", "5", "₅", "6", "₆", "7", "₇", "8", "₈",
		"9", "₉").Replace(strconv.Itoa(i))
}
