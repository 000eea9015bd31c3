package scenarios

// A Schedule is a number that may depend on the step.
type Schedule interface {
	At(t int) float64
}

// Constant is the schedule that never changes.
type Constant float64

// At returns the constant.
func (c Constant) At(int) float64 { return float64(c) }
