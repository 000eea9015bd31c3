package reports

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"testing"

	"limitcheck/compare"
)

// contract are the keys that programs rely on: those of objects, and of the members of lists, by the names on the way.
var contract = map[string][]string{
	"":                            {"format", "verdict", "exit_code", "scenarios", "theirs_vs_ours", "provenance"},
	"scenarios":                   {"name", "hash", "settings", "verdict", "p", "p_decides", "observables", "rates", "begins", "diagnosis", "ablations", "families", "notes"},
	"scenarios.observables":       {"name", "bound", "margin", "scale", "usable_from"},
	"scenarios.rates":             {"fluctuation", "bias"},
	"scenarios.rates.fluctuation": {"value", "low", "high", "resolved"},
	"scenarios.rates.bias":        {"value", "low", "high", "resolved"},
	"scenarios.ablations":         {"name", "p", "rejected"},
	"scenarios.notes":             {"kind", "text"},
	"scenarios.families":          {"name", "p", "p_decides", "rejected", "bound", "margin"},
}

// checkKeys checks the objects of decoded JSON against the contract and adds the paths it meets.
func checkKeys(t *testing.T, path string, v any, met map[string]bool) {
	t.Helper()
	switch v := v.(type) {
	case []any:
		for _, member := range v {
			checkKeys(t, path, member, met)
		}
	case map[string]any:
		met[path] = true
		for _, key := range contract[path] {
			if _, ok := v[key]; !ok {
				t.Errorf("%q has no key %q", path, key)
			}
		}
		for key, member := range v {
			below := key
			if path != "" {
				below = path + "." + key
			}
			checkKeys(t, below, member, met)
		}
	}
}

func decoded(t *testing.T, r *Report) map[string]any {
	t.Helper()
	b, err := verdictJSON(r)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatalf("%v in\n%s", err, b)
	}
	return v
}

// TestVerdictFile: every outcome has every key of the contract; what a scenario that failed does not know is null or empty.
func TestVerdictFile(t *testing.T) {
	r := everyBranch() // agrees, disagrees, is inconclusive, failed
	r.ExitCode = 1
	v, met := decoded(t, r), map[string]bool{}
	checkKeys(t, "", v, met)
	for _, path := range slices.Sorted(maps.Keys(contract)) {
		if !met[path] {
			t.Errorf("the report has no %q to check", path)
		}
	}
	if v["format"] != 1.0 || v["verdict"] != "disagrees" || v["exit_code"] != 1.0 || v["theirs_vs_ours"] != nil {
		t.Errorf("format %v, %v, exit code %v, %v", v["format"], v["verdict"], v["exit_code"], v["theirs_vs_ours"])
	}
	list := v["scenarios"].([]any)
	for i, want := range []string{"agrees", "disagrees", "inconclusive", "failed"} {
		s := list[i].(map[string]any)
		if s["verdict"] != want || s["name"] != r.Sections[i].Scenario.Name || s["hash"] != r.Sections[i].Scenario.Hash() || (s["begins"] != nil) != (want == "disagrees") {
			t.Errorf("scenario %d: %v, want %s", i, s, want)
		}
		if p, ok := s["p"].(float64); ok != (want != "failed") || ok && p != r.Sections[i].Comparison.PValue {
			t.Errorf("%s: p = %v", want, s["p"])
		}
		if (s["p_decides"] == nil) != (want == "failed") || (s["error"] != nil) != (want == "failed") {
			t.Errorf("%s: p_decides %v, error %v", want, s["p_decides"], s["error"])
		}
	}
	wrong := list[1].(map[string]any)
	if begins := wrong["begins"].(map[string]any); begins["step"] != 2.0 || begins["observable"] != "norm" {
		t.Errorf("begins %v", begins)
	}
	if fit := wrong["diagnosis"].([]any)[0].(map[string]any); fit["name"] != "redrawn-noise" || fit["p"] != 0.3 {
		t.Errorf("diagnosis %v", fit)
	}
	first := list[0].(map[string]any)
	o, b := first["observables"].([]any)[1].(map[string]any), r.Sections[0].Comparison.Bounds[1]
	if o["name"] != "norm" || o["bound"] != b.Bound || o["margin"] != b.Margin || o["scale"] != b.Scale || o["usable_from"] != 550.0 {
		t.Errorf("norm: %v", o)
	}
	fit := first["rates"].(map[string]any)["bias"].(map[string]any)
	if bias := r.Sections[0].Comparison.Bias; fit["value"] != bias.Estimate || fit["low"] != bias.Low || fit["high"] != bias.High || fit["resolved"] != true {
		t.Errorf("bias %v", fit)
	}
	if open := list[2].(map[string]any)["rates"].(map[string]any)["bias"].(map[string]any); open["value"] != nil || open["resolved"] != false {
		t.Errorf("unresolved bias %v", open)
	}
	if a := first["ablations"].([]any)[1].(map[string]any); a["name"] != "redrawn-noise" || a["p"] != 0.0004 || a["rejected"] != true {
		t.Errorf("ablation %v", a)
	}
	if n := first["notes"].([]any)[0].(map[string]any); n["kind"] != "model" || n["text"] != "a note with a | and *stars*" {
		t.Errorf("note %v", n)
	}
}

// Together: the worst of all, and a scenario that failed does not let the others agree for it.
func TestVerdictTogether(t *testing.T) {
	all := everyBranch().Sections
	for _, test := range []struct {
		sections []int
		want     string
	}{{[]int{0}, "agrees"}, {[]int{0, 2}, "inconclusive"}, {[]int{0, 2, 3}, "failed"}, {[]int{3}, "failed"}, {[]int{0, 1, 2, 3}, "disagrees"}} {
		var r Report
		for _, i := range test.sections {
			r.Sections = append(r.Sections, all[i])
		}
		if v := decoded(t, &r); v["verdict"] != test.want {
			t.Errorf("%v: %v, want %s", test.sections, v["verdict"], test.want)
		}
	}
}

// No number breaks the file: what JSON cannot hold is null.
func TestVerdictOfWildNumbers(t *testing.T) {
	r := everyBranch()
	c := r.Sections[0].Comparison
	c.Bounds[0].Bound, c.Bounds[0].Scale, c.Bias.High, c.Ablations[0].PValue = math.Inf(1), math.NaN(), math.Inf(1), math.NaN()
	c.Families[0].Bounds[0].Bound = math.Inf(-1)
	r.Seconds = math.Inf(1)
	r.Sections[3].Err = errors.New("weights are NaN at step 3,\n\"so\" \x00 it ends")
	v, met := decoded(t, r), map[string]bool{}
	checkKeys(t, "", v, met)
	s := v["scenarios"].([]any)[0].(map[string]any)
	if o := s["observables"].([]any)[0].(map[string]any); o["bound"] != nil || o["scale"] != nil || o["margin"] == nil {
		t.Errorf("overlap %v", o)
	}
	if f := s["families"].([]any)[0].(map[string]any); f["bound"] != nil {
		t.Errorf("family %v", f)
	}
}

// Of several scenarios the verdict is the one corrected for their number, which is that of the exit code.
func TestVerdictIsCorrected(t *testing.T) {
	r := everyBranch()
	r.Sections = []Section{r.Sections[0], r.Sections[0]}
	lone := *r.Sections[0].Comparison
	lone.Families, lone.PValue, lone.Verdict = nil, 0.006, compare.Disagrees
	r.Sections[1].Comparison = &lone
	v := decoded(t, r)
	s := v["scenarios"].([]any)[1].(map[string]any)
	if v["verdict"] != "agrees" || s["verdict"] != "agrees" || s["p"] != 0.006 || s["p_decides"] != 0.012 {
		t.Errorf("together %v; %v, p %v, %v", v["verdict"], s["verdict"], s["p"], s["p_decides"])
	}
}
