package spec

import (
	"fmt"
	"math"
	"slices"
)

// A Rule is a range that a number must be in, and its words.
type Rule struct {
	words string
	ok    func(float64) bool
}

// Range is a rule of one's own, with its words: "≥ 1".
func Range(words string, ok func(float64) bool) Rule { return Rule{words, ok} }

// In is the rule of an interval such as "(0, 4]"; a note, if there is one, stands in brackets behind it.
func In(interval string, note ...string) Rule {
	var low, high float64
	var left, right rune
	if _, err := fmt.Sscanf(interval, "%c%g, %g%c", &left, &low, &high, &right); err != nil {
		panic("spec: " + interval + " is no interval")
	}
	words := "in " + interval
	for _, n := range note {
		words += " (" + n + ")"
	}
	return Rule{words, func(x float64) bool {
		return (x > low || x == low && left == '[') && (x < high || x == high && right == ']')
	}}
}

// Words say what is accepted: "≥ 0".
func (r Rule) Words() string { return r.words }

// Holds reports whether a finite number is accepted.
func (r Rule) Holds(x float64) bool { return math.Abs(x) <= Largest && r.ok(x) }

// Rules that many numbers follow.
var (
	AnyNumber   = Rule{"", func(float64) bool { return true }}
	Positive    = Rule{"> 0", func(x float64) bool { return x > 0 }}
	NonNegative = Rule{"≥ 0", func(x float64) bool { return x >= 0 }}
	OpenUnit    = In("(0, 1)")
	HalfUnit    = In("(0, 1]")
)

// Limits that no sensible scenario meets; they keep a slip of the keyboard from asking for the impossible.
const (
	Largest = 1e9 // magnitude of any number
	maxList = 1000
)

func (r Rule) check(path string, x float64) error {
	switch {
	case math.IsNaN(x) || math.Abs(x) > Largest:
		return Wrong(path, "must be a number of magnitude at most %g, got %g", float64(Largest), x)
	case !r.ok(x):
		return Wrong(path, "must be %s, got %g", r.words, x)
	}
	return nil
}

// Number is a number within a rule.
func Number(p *float64, rule Rule) Value { return &number{p, rule} }

type number struct {
	p    *float64
	rule Rule
}

func (v *number) read(n node) (err error) {
	*v.p, err = n.number()
	return err
}
func (v *number) check(path string) error { return v.rule.check(path, *v.p) }
func (v *number) write(*writer) any       { return *v.p }
func (v *number) zero() bool              { return *v.p == 0 }
func (v *number) set(x any)               { *v.p = x.(float64) }

// Indexed is the path of a list's entry.
func Indexed(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

func checkLength(path string, n int) error {
	if n == 0 || n > maxList {
		return Wrong(path, "must have between 1 and %d entries, got %d", maxList, n)
	}
	return nil
}

// Numbers is a list of numbers within a rule.
func Numbers(p *[]float64, rule Rule) Value { return &numbers{p, rule} }

type numbers struct {
	p    *[]float64
	rule Rule
}

func (v *numbers) read(n node) error {
	nodes, err := n.elements(maxList)
	if err != nil {
		return err
	}
	*v.p = make([]float64, len(nodes))
	for i, e := range nodes {
		if (*v.p)[i], err = e.number(); err != nil {
			return err
		}
	}
	return nil
}

func (v *numbers) check(path string) error {
	if err := checkLength(path, len(*v.p)); err != nil {
		return err
	}
	for i, x := range *v.p {
		if err := v.rule.check(Indexed(path, i), x); err != nil {
			return err
		}
	}
	return nil
}
func (v *numbers) write(*writer) any { return *v.p }
func (v *numbers) zero() bool        { return *v.p == nil }
func (v *numbers) set(x any)         { *v.p = slices.Clone(x.([]float64)) }

// EachOrAll is a list of numbers within a rule, or one number in the place of equal ones.
func EachOrAll(p *[]float64, rule Rule) Value { return &eachOrAll{numbers{p, rule}} }

type eachOrAll struct{ numbers }

func (v *eachOrAll) read(n node) error {
	if !n.isNumber() {
		return v.numbers.read(n)
	}
	x, err := n.number()
	*v.p = []float64{x}
	return err
}

func (v *eachOrAll) check(path string) error {
	if v.equal() && !v.zero() {
		return v.rule.check(path, (*v.p)[0])
	}
	return v.numbers.check(path)
}

func (v *eachOrAll) write(w *writer) any {
	if v.equal() && !v.zero() {
		return (*v.p)[0]
	}
	return v.numbers.write(w)
}

func (v *eachOrAll) equal() bool { return len(slices.Compact(slices.Clone(*v.p))) == 1 }
func (v *eachOrAll) zero() bool  { return len(*v.p) == 0 }

// Probabilities are positive numbers with sum 1, as many as there are of what they weigh.
func Probabilities[T any](p *[]float64, of *[]T) Value {
	return &probabilities{numbers{p, Positive}, func() int { return len(*of) }}
}

type probabilities struct {
	numbers
	count func() int
}

func (v *probabilities) check(path string) error {
	if err := v.numbers.check(path); err != nil {
		return err
	}
	if n := v.count(); len(*v.p) != n {
		return Wrong(path, "must have %d entries, one for each of the values it weighs, got %d", n, len(*v.p))
	}
	sum := 0.0
	for _, x := range *v.p {
		sum += x
	}
	if math.Abs(sum-1) > 1e-9 {
		return Wrong(path, "must sum to 1, got %g", sum)
	}
	return nil
}

// Whole is a whole number between low and high.
func Whole[T int | uint64](p *T, low, high T) Value { return &whole[T]{p, low, high} }

type whole[T int | uint64] struct {
	p         *T
	low, high T
}

func (v *whole[T]) read(n node) error {
	x, err := n.number()
	if err != nil {
		return err
	}
	if x != math.Trunc(x) {
		return n.wrong("must be a whole number, got %g", x)
	}
	if x < float64(v.low) || x > float64(v.high) {
		return n.wrong("must be between %d and %d, got %.10g", v.low, v.high, x)
	}
	*v.p = T(x)
	return nil
}

func (v *whole[T]) check(path string) error {
	if *v.p < v.low || *v.p > v.high {
		return Wrong(path, "must be between %d and %d, got %d", v.low, v.high, *v.p)
	}
	return nil
}
func (v *whole[T]) write(*writer) any { return *v.p }
func (v *whole[T]) zero() bool        { return *v.p == 0 }
func (v *whole[T]) set(x any)         { *v.p = x.(T) }

// Wholes is a strictly increasing list of whole numbers between low and high.
func Wholes(p *[]int, low, high int) Value { return &wholes{p, low, high} }

type wholes struct {
	p         *[]int
	low, high int
}

func (v *wholes) read(n node) error {
	nodes, err := n.elements(maxList)
	if err != nil {
		return err
	}
	*v.p = make([]int, len(nodes))
	for i, e := range nodes {
		if err := (&whole[int]{&(*v.p)[i], v.low, v.high}).read(e); err != nil {
			return err
		}
	}
	return nil
}

func (v *wholes) check(path string) error {
	if err := checkLength(path, len(*v.p)); err != nil {
		return err
	}
	for i, x := range *v.p {
		at := Indexed(path, i)
		if err := (&whole[int]{&x, v.low, v.high}).check(at); err != nil {
			return err
		}
		if i > 0 && x <= (*v.p)[i-1] {
			return Wrong(at, "must be larger than the entry before it, got %d after %d", x, (*v.p)[i-1])
		}
	}
	return nil
}
func (v *wholes) write(*writer) any { return *v.p }
func (v *wholes) zero() bool        { return *v.p == nil }
func (v *wholes) set(x any)         { *v.p = slices.Clone(x.([]int)) }
