package reports

import (
	"encoding/json"
	"math"
	"time"

	"limitcheck/compare"
)

// verdictFormat is the version of verdict.json. Fields are added to it, never renamed; then it stays the same.
const verdictFormat = 1

// verdictFile is verdict.json: the outcome of a run for programs. Numbers that do not exist are null. Times stand under
// provenance only, so that two runs on the same data differ nowhere else.
type verdictFile struct {
	Format       int               `json:"format"`
	Verdict      string            `json:"verdict"` // of all scenarios together: disagrees, failed, inconclusive or agrees
	ExitCode     int               `json:"exit_code"`
	Scenarios    []scenarioVerdict `json:"scenarios"`
	TheirsVsOurs *theirsVerdict    `json:"theirs_vs_ours"` // of a theory from a file, how ours compares with it
	Provenance   provenance        `json:"provenance"`
}

// A scenarioVerdict is the outcome for one scenario. Its verdict is that of p_decides: the smallest p-value of the curves
// and the families of probes, corrected for their number, for the looks at the data and for the number of scenarios. p is
// that of the curves alone, corrected for nothing.
type scenarioVerdict struct {
	Name        string              `json:"name"`
	Hash        string              `json:"hash"`
	Grid        string              `json:"grid,omitempty"` // that it is a member of
	Settings    map[string]any      `json:"settings"`       // keys set on the command line or by a grid
	Verdict     string              `json:"verdict"`        // agrees, disagrees, inconclusive or failed
	P           maybe               `json:"p"`
	PDecides    maybe               `json:"p_decides"`
	Observables []observableVerdict `json:"observables"`
	Rates       rates               `json:"rates"`
	Begins      *beginning          `json:"begins"`
	Diagnosis   []diagnosis         `json:"diagnosis"`
	Ablations   []ablationVerdict   `json:"ablations"`
	Families    []familyVerdict     `json:"families"`
	Notes       []noteText          `json:"notes"`
	Dims        []int               `json:"dims"`
	Replicas    []int               `json:"replicas"`
	Error       string              `json:"error,omitempty"` // why the scenario failed
}

type observableVerdict struct {
	Name       string `json:"name"`
	Bound      maybe  `json:"bound"`
	Margin     maybe  `json:"margin"`
	Scale      maybe  `json:"scale"`
	UsableFrom maybe  `json:"usable_from"` // the smallest d from which the limit is within Tolerance of the mean
	UsableLow  maybe  `json:"usable_from_low"`
	UsableHigh maybe  `json:"usable_from_high"`
	P          maybe  `json:"p"`
	LateBound  maybe  `json:"late_bound"` // of the late half of the steps, against its own scale
	LateMargin maybe  `json:"late_margin"`
	LateScale  maybe  `json:"late_scale"`
}

type rates struct {
	Fluctuation rateVerdict `json:"fluctuation"`
	Bias        rateVerdict `json:"bias"`
}

type rateVerdict struct {
	Value    maybe `json:"value"`
	Low      maybe `json:"low"`
	High     maybe `json:"high"`
	Resolved bool  `json:"resolved"`
}

// A diagnosis is a known mistake that the data cannot tell from the truth.
type diagnosis struct {
	Name     string         `json:"name"`
	P        maybe          `json:"p"`
	Settings map[string]any `json:"settings"` // numbers that would fit, where the mistake has any

	Intervals map[string][2]maybe `json:"intervals,omitempty"` // 95 % interval of each
	Words     string              `json:"words,omitempty"`
}

func newDiagnosis(f compare.Fit) diagnosis {
	d := diagnosis{Name: f.Name, P: maybe(f.PValue), Settings: map[string]any{}, Words: f.Words}
	for _, n := range f.Numbers {
		if d.Intervals == nil {
			d.Intervals = map[string][2]maybe{}
		}
		d.Settings[n.Name], d.Intervals[n.Name] = maybe(n.Estimate), [2]maybe{maybe(n.Low), maybe(n.High)}
	}
	return d
}

// A beginning is where a difference to theory shows at the latest.
type beginning struct {
	Step       int    `json:"step"`
	Observable string `json:"observable"`
}

type ablationVerdict struct {
	Name     string `json:"name"`
	P        maybe  `json:"p"`
	Rejected bool   `json:"rejected"`
	Visible  bool   `json:"visible"` // whether anything observed depends on the mistake
}

type familyVerdict struct {
	Name     string `json:"name"`
	P        maybe  `json:"p"`
	PDecides maybe  `json:"p_decides"` // after the correction over the curves and all families
	Rejected bool   `json:"rejected"`
	Bound    maybe  `json:"bound"`
	Margin   maybe  `json:"margin"`
}

type noteText struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// provenance is all that may differ between two runs on the same data.
type provenance struct {
	Command   string          `json:"command"`
	Version   string          `json:"version"`
	Machine   string          `json:"machine"`
	GoVersion string          `json:"go_version"`
	Started   string          `json:"started,omitempty"`
	Seconds   maybe           `json:"seconds"`
	Times     []scenarioTimes `json:"times"`
}

type scenarioTimes struct {
	Name       string `json:"name"`
	Theory     maybe  `json:"theory_seconds"`
	Simulation maybe  `json:"simulation_seconds"`
}

// maybe is a number that JSON can hold; NaN and the infinities, which it cannot, are null.
type maybe float64

// MarshalJSON implements json.Marshaler.
func (x maybe) MarshalJSON() ([]byte, error) {
	if v := float64(x); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return json.Marshal(v)
	}
	return []byte("null"), nil
}

const failed = "failed"

// none is a number that does not exist.
var none = maybe(math.NaN())

// verdictJSON renders verdict.json.
func verdictJSON(r *Report) ([]byte, error) {
	b, err := json.MarshalIndent(newVerdict(r), "", "  ")
	return append(b, '\n'), err
}

func newVerdict(r *Report) verdictFile {
	suite := joint(r.Sections)
	v := verdictFile{
		Format: verdictFormat, Verdict: together(r.Sections, suite.Verdict), ExitCode: r.ExitCode, Scenarios: []scenarioVerdict{},
		TheirsVsOurs: theirsVsOurs(r.Sections),
		Provenance: provenance{Command: r.Command, Version: r.Version, Machine: r.Machine, GoVersion: r.GoVersion,
			Seconds: maybe(r.Seconds), Times: []scenarioTimes{}},
	}
	if !r.Started.IsZero() {
		v.Provenance.Started = r.Started.UTC().Format(time.RFC3339)
	}
	compared := 0
	for i := range r.Sections {
		s := &r.Sections[i]
		x := newScenarioVerdict(s)
		if s.Comparison != nil {
			x.Verdict, x.PDecides = string(suite.Verdicts[compared]), maybe(suite.Adjusted[compared])
			compared++
		}
		v.Scenarios = append(v.Scenarios, x)
		v.Provenance.Times = append(v.Provenance.Times, scenarioTimes{s.name(), maybe(s.TheorySeconds), maybe(s.SimulationSeconds)})
	}
	return v
}

// together is the verdict on all scenarios, those that failed among them.
func together(sections []Section, joint compare.Verdict) string {
	if joint != compare.Disagrees {
		for i := range sections {
			if sections[i].Comparison == nil {
				return failed
			}
		}
	}
	return string(joint)
}

// newScenarioVerdict holds what does not depend on the other scenarios.
func newScenarioVerdict(s *Section) scenarioVerdict {
	v := scenarioVerdict{
		Name: s.name(), Grid: s.Grid, Settings: map[string]any{}, Verdict: failed, P: none, PDecides: none,
		Observables: []observableVerdict{}, Rates: rates{newRate(&compare.Rate{}), newRate(&compare.Rate{})}, Diagnosis: []diagnosis{},
		Ablations: []ablationVerdict{}, Families: []familyVerdict{}, Notes: []noteText{}, Dims: []int{}, Replicas: []int{},
	}
	if s.Scenario != nil {
		v.Hash, v.Dims = s.Scenario.Hash(), s.Scenario.Experiment.Dims
	}
	for _, set := range s.Settings {
		v.Settings[set.Key] = set.Value
	}
	if s.Err != nil {
		v.Error = s.Err.Error()
	}
	c := s.Comparison
	if c == nil {
		return v
	}
	v.P, v.Dims, v.Replicas = maybe(c.PValue), c.Dims, c.Replicas
	v.Rates = rates{newRate(&c.Fluctuation), newRate(&c.Bias)}
	for _, b := range c.Bounds {
		o := observableVerdict{b.Observable, maybe(b.Bound), maybe(b.Margin), maybe(b.Scale), none, none, none, maybe(b.PValue),
			maybe(b.Late.Bound), maybe(b.Late.Margin), maybe(b.Late.Scale)}
		for _, u := range c.UsableFrom {
			if u.Observable == b.Observable {
				o.UsableFrom, o.UsableLow, o.UsableHigh = maybe(u.Estimate), maybe(u.Low), maybe(u.High)
			}
		}
		v.Observables = append(v.Observables, o)
	}
	if c.Begins != nil {
		v.Begins = &beginning{c.Begins.Step, c.Begins.Observable}
	}
	for _, f := range c.Diagnosis {
		v.Diagnosis = append(v.Diagnosis, newDiagnosis(f))
	}
	for _, a := range c.Ablations {
		v.Ablations = append(v.Ablations, ablationVerdict{a.Name, maybe(a.PValue), a.Verdict == compare.Disagrees, a.Visible})
	}
	for _, f := range c.Families {
		x := familyVerdict{f.Name, maybe(f.PValue), maybe(f.Adjusted), f.Adjusted < levelOf(c), none, none}
		for _, b := range f.Bounds { // one
			x.Bound, x.Margin = maybe(b.Bound), maybe(b.Margin)
		}
		v.Families = append(v.Families, x)
	}
	for _, n := range c.Notes {
		v.Notes = append(v.Notes, noteText{string(n.Kind), n.Text})
	}
	return v
}

func newRate(r *compare.Rate) rateVerdict {
	if !r.Resolved {
		return rateVerdict{none, none, none, false}
	}
	return rateVerdict{maybe(r.Estimate), maybe(r.Low), maybe(r.High), true}
}
