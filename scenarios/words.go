package scenarios

import (
	"fmt"
	"strings"

	"limitcheck/internal/markdown"
)

// Every part may carry its words: a method Formula, beside what it computes, that says what it is in Markdown, with
// LaTeX between dollar signs and in the symbols of docs/theory.md. Reports show it; in the place of a part without it
// stands its Name. A label's Formula takes the LaTeX of its argument, an Optimizer's returns the update and, apart from
// it, the numbers in it.

// settings are a method's numbers in words, in the order in which they are added.
type settings []string

// schedule adds a number that may depend on the step.
func (list *settings) schedule(symbol string, s Schedule) {
	switch s := s.(type) {
	case nil:
	case Constant:
		*list = append(*list, fmt.Sprintf("$%s = %s$", symbol, markdown.Number(float64(s))))
	case interface{ Formula() string }:
		*list = append(*list, fmt.Sprintf("$%s_t$ = %s", symbol, s.Formula()))
	default:
		*list = append(*list, fmt.Sprintf("$%s_t$ = %s", symbol, markdown.Code(strings.Trim(Name(s), "{}"))))
	}
}

// optional adds a schedule that is not 0 throughout.
func (list *settings) optional(symbol string, s Schedule) {
	if !isZero(s) {
		list.schedule(symbol, s)
	}
}

// isZero reports whether a schedule is not set or 0 throughout.
func isZero(s Schedule) bool { return s == nil || s == Constant(0) }

// number adds a number that is not 0.
func (list *settings) number(symbol string, x float64) {
	if x != 0 {
		*list = append(*list, fmt.Sprintf("$%s = %s$", symbol, markdown.Number(x)))
	}
}

func (list settings) String() string { return strings.Join(list, ", ") }

// timed is the LaTeX of a schedule in an update: a constant has no index t.
func timed(symbol string, s Schedule) string {
	if _, constant := s.(Constant); constant {
		return symbol
	}
	return symbol + "_t"
}

// ridged is the LaTeX of a gradient with the ridge's part, gradient + λ point; no ridge, no λ.
func ridged(gradient, point string, ridge Schedule) string {
	if isZero(ridge) {
		return gradient
	}
	return gradient + " + " + timed("\\lambda", ridge) + " " + point
}
