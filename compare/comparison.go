// Package compare decides from a limit and an ensemble of finite-d replicas whether the second converges to the first.
package compare

// A Verdict is the outcome of a comparison. There are three, never two.
type Verdict string

// The verdicts.
const (
	Agrees       Verdict = "agrees"       // no difference detected and none larger than the margin is possible
	Disagrees    Verdict = "disagrees"    // a difference is detected
	Inconclusive Verdict = "inconclusive" // no difference detected, but one larger than the margin is possible
)

// Level is the significance level below which a p-value means Disagrees.
const Level = 0.01

// An Interval is an estimate with its 95 % confidence interval.
type Interval struct {
	Estimate, Low, High float64
}

// A Comparison is the evidence on one scenario.
type Comparison struct {
	Scenario    string
	Observables []string
	Dims        []int
	Replicas    []int // number of replicas at each dim

	Verdict Verdict
	PValue  float64 // of max|t| over all steps and observables
	MaxT    float64
	Worst   Point   // where max|t| is reached
	Bounds  []Bound // one an observable

	Extrapolated  [][]float64 // [t][observable], the estimate at d = ∞
	StandardError [][]float64 // of Extrapolated alone
	Correction    [][]float64 // a(t) of a(t)/d, with its standard error
	CorrectionSE  [][]float64
	Theory        [][]float64
	TheorySE      [][]float64
	Critical      float64 // 95 % quantile of max|t|, for simultaneous bands

	Means       []DimSummary // one a dim, control variates applied
	Fluctuation Rate         // exponent of the standard deviation against d; theory says -1/2
	Bias        Rate         // exponent of |mean - limit| against d; theory says -1
	Notes       []string     // what a reader must know: points dropped, model chosen, what it would take to conclude

	Ablations []AblationResult
}

// A Point is a step and an observable.
type Point struct {
	Step       int
	Observable string
}

// A Bound is the largest difference to theory that the data still allow, at 95 % simultaneously over all steps and
// observables, in the observable's units, and the margin it must stay inside.
type Bound struct {
	Observable    string
	Bound, Margin float64
	PValue        float64 // of this observable's own max|t|, not corrected
}

// A DimSummary holds the replica means at one dim, [t][observable], and their standard errors and the replicas'
// standard deviation.
type DimSummary struct {
	Dim                            int
	Mean, StandardError, Deviation [][]float64
}

// A Rate is a log-log fit. Points that are inside the noise are dropped and listed. Resolved is false if too few are
// left; then Interval is meaningless.
type Rate struct {
	Interval
	Resolved bool
	Dims     []int
	Values   []float64 // what was fitted, one a dim
	Errors   []float64
	Dropped  []int
}

// An AblationResult is the same simulations confronted with a theory that is wrong on purpose.
type AblationResult struct {
	Name    string
	Verdict Verdict
	PValue  float64
	MaxT    float64
	Shift   float64 // largest difference between the ablated and the full theory, in units of the observable's scale
	Visible bool    // whether the ablation changes any observable beyond the theory's own error
}
