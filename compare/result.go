package compare

// A Verdict is the outcome of a comparison. There are three, never two.
type Verdict string

// The verdicts.
const (
	Agrees       Verdict = "agrees"       // no difference detected and none larger than the margin is possible
	Disagrees    Verdict = "disagrees"    // a difference is detected
	Inconclusive Verdict = "inconclusive" // no difference detected, but one larger than the margin is possible
)

// Level is the significance level below which a p-value means Disagrees, unless Settings say otherwise.
const Level = 0.01

// An Interval is an estimate with its 95 % confidence interval.
type Interval struct {
	Estimate, Low, High float64
}

// A Test is the evidence of one set of curves: the runs' means extrapolated to d = ∞ and confronted with a prediction.
type Test struct {
	Observables []string
	Steps       []int // of the rows of all curves here
	Dims        []int
	Replicas    []int // number of runs at each dim
	Controls    int   // control variates used
	Innovations int   // control variates from every step used beside them

	PValue float64 // of the three statistics over all steps and observables (docs/statistics.md, "Three statistics")
	// FormPValue is the same if the correction to the mean at finite d may have another form than was fitted (at least PValue).
	FormPValue float64
	MaxT       float64
	Worst      Point   // where max|t| is reached
	Critical   float64 // 95 % quantile of max|t|, for bands that hold at all points at once (look k: 1 − 0.05·2^-k)
	Bounds     []Bound // one an observable; they decide between Agrees and Inconclusive, not the bands

	Model        Model
	Theory       Curve        // the prediction
	Extrapolated Curve        // the estimate at d = ∞; its error alone, at least a tenth of what it is without controls
	Means        []DimSummary // one a dim
}

// A Curve is a value with its standard error, [row][observable].
type Curve struct{ Value, SE [][]float64 }

// A Model is what was fitted to the means at finite d: limit + a/d + … up to 1/d^Order, without the Dropped dims. LackOfFit
// is the p-value of the next power; 1 when the ladder leaves nothing to test it with (the notes say so).
type Model struct {
	Order     int
	Dropped   []int
	LackOfFit float64
}

// A Correction turns the limit into the mean at finite d: a(t)/d + b(t)/d² (b = 0 when the model's order is 1). Correlation
// is that of the errors of a and b, the same at every point. Anchored says that it was fitted with the value at d = ∞ held
// at the theory, which is done unless the verdict is Disagrees.
type Correction struct {
	First, Second Curve // a and b
	Correlation   float64
	Anchored      bool
}

// A Note is something that a reader of the verdict must know, in words.
type Note struct {
	Kind NoteKind
	Text string
}

// A NoteKind says what a note is about.
type NoteKind string

// The kinds of notes.
const (
	NotePartial  NoteKind = "partial"  // dims that are left out, for not all of their replicas are there
	NoteControls NoteKind = "controls" // control variates that could not be used
	NoteModel    NoteKind = "model"    // how the finite-size model was chosen, and what hinges on it
	NoteFamilies NoteKind = "families" // families of probes: significant, or left out
	NoteExact    NoteKind = "exact"    // points where nothing is random
	NoteMargin   NoteKind = "margin"   // a difference that is significant and inside the margin
	NoteNeed     NoteKind = "need"     // what it would take to conclude
	NoteRates    NoteKind = "rates"    // exponents that are not as expected, or not resolved
	NoteAblation NoteKind = "ablation" // a wrong theory that could not be compared
	NoteColumns  NoteKind = "columns"  // how columns from elsewhere follow from ours
	NoteLooks    NoteKind = "looks"    // what was added to an inconclusive experiment, and how it is accounted for
)

// A Comparison is the evidence on one prediction and the verdict.
type Comparison struct {
	Name string // of the problem
	Test        // of the curves

	Verdict   Verdict
	Reason    string // of a verdict that is Inconclusive although the bounds are inside their margins; else ""
	Level     float64
	Look      int   // Settings.Look
	Resamples int   // draws behind PValue and Critical
	Need      *Need // what it would take to conclude; nil unless Inconclusive

	// Begins is the point at which the curves depart from the prediction at the latest; nil unless they disagree. The chance
	// that it lies before the first wrong point is below Level.
	Begins *Point
	// Diagnosis lists the ablations that fit the runs, when the prediction does not: the mistakes that the data cannot tell
	// from the truth, none if it is empty. nil unless the verdict is Disagrees and there were ablations.
	Diagnosis []Fit
	Tried     int // candidates for Diagnosis

	Correction Correction
	UsableFrom []UsableDim // one an observable; nil when the verdict is Disagrees

	Fluctuation Rate // exponent of the standard deviation against d; theory says -1/2
	Bias        Rate // exponent of |mean - limit| against d; theory says -1
	Notes       []Note

	Ablations []AblationResult
	Families  []Family // of probes; nil if none was predicted
}

// A Point is a step and an observable.
type Point struct {
	Step       int
	Observable string
}

// A Bound is the largest difference to theory that the data still allow, at 95 % for each observable, in its units, and
// the margin it must stay inside. Bands that hold at all points at once are wider: Test.Critical.
type Bound struct {
	Observable    string
	Bound, Margin float64
	Form          float64 // what comes to the bound if the correction to the mean at finite d has another form than was fitted
	Scale         float64 // the observable's largest magnitude in theory (at least 0.1; an entry's is its matrix's), of which Margin is a fraction
	Step          int     // where the bound is reached
	PValue        float64 // of this observable's own max|t|, not corrected
	Adjusted      float64 // the same after Holm's correction over the observables
	Late          Late    // the same of the late half of the steps
}

// Late is a bound on the late half of the steps, against the scale that the observable has there: a wrong plateau must not
// hide behind the height of the start. Of short curves it is that of all steps.
type Late struct {
	Bound, Margin, Form, Scale float64
	Step                       int
}

// A Need is what would bring every bound inside its margin if the estimates stayed as they are.
type Need struct {
	Replicas      float64 // factor on the number of replicas at every d
	TheorySamples float64 // factor on the variance budget of the theory (paths × scramblings, at Monte Carlo rates)
	Dim           int     // or, in place of more replicas, the same number of them at this one further d; 0: none found
}

// A UsableDim answers "from which d on": the smallest d beyond which the limit is within the relative Tolerance (of the
// observable's scale) of the finite-d mean at all steps, with its 95 % interval. Nothing is claimed below the smallest
// simulated d, which stands for "this or less".
type UsableDim struct {
	Observable string
	Tolerance  float64
	Interval
}

// A DimSummary holds the mean of the runs at one dim, control variates applied, and the standard deviation of the runs as
// they are (without control variates), [row][observable].
type DimSummary struct {
	Dim       int
	Mean      Curve
	Deviation [][]float64
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

// A Fit is a known mistake that the data cannot tell from the truth, with its p-value.
type Fit struct {
	Name   string
	PValue float64

	Words   string   // what it is, and which numbers would fit: what follows "if"; "" where the name is enough
	About   string   // what else is known of it; may be ""
	Numbers []Number // that would fit, where the mistake leaves any open
}

// A Number is a setting with which a prediction would fit, and its 95 % interval.
type Number struct {
	Name string
	Interval
}

// An AblationResult is the same simulations confronted with a theory that is wrong on purpose.
type AblationResult struct {
	Name    string
	Verdict Verdict
	PValue  float64
	MaxT    float64
	Worst   Point
	Shift   float64 // largest difference between the ablated and the full theory, in units of the observable's scale
	Visible bool    // whether the ablation changes any observable beyond the theory's own error
}
