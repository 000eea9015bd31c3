package scenarios

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limitcheck/internal/spec"
)

// grid is what a file's text and flags make.
func grid(text string, flags ...string) ([]Member, error) {
	document, err := spec.Parse("x.yaml", []byte(text))
	if err != nil {
		return nil, err
	}
	var choices []Choice
	for _, f := range flags {
		c, err := ParseChoice(f)
		if err != nil {
			return nil, err
		}
		choices = append(choices, c)
	}
	return members(document, choices, nil)
}

// A set value is as good as an edited file: the same scenario, down to every default that depends on it.
func TestSetIsAnEdit(t *testing.T) {
	for _, c := range []struct{ flag, old, new string }{
		{"data.alpha=3", "alpha: 2", "alpha: 3"},
		{"method.batch.fraction=0.2", "fraction: 0.4", "fraction: 0.2"},
		{"method.batch={fraction: 0.5, sampling: fixed}", "{fraction: 0.4, sampling: bernoulli}", "{fraction: 0.5, sampling: fixed}"},
		{"method.batch=null", "  batch: {fraction: 0.4, sampling: bernoulli}\n", ""},
		{"method.ridge=~", "  ridge: 0.1\n", ""},
		{"method.momentum=null", "", ""},
		{"init.norm=null", ", norm: 1}", "}"},
		{"init=null", "init: {overlap: 0.1, norm: 1}\n", ""},
		{"init.overlap=[[-0.5]]", "overlap: 0.1", "overlap: [[-0.5]]"},
		{"student.units=1", "  loss: logistic", "  loss: logistic\n  units: 1"},
		{"data.covariance={ar1: 0.5}", "covariance: identity", "covariance: {ar1: 0.5}"},
		{"experiment.dims=[10, 20]", "[100, 200]", "[10, 20]"},
		{"experiment.functions=[{name: f, fields: \"max(0, r[0])\"}]", "replicas: 8", "replicas: 8\n  functions: [{name: f, fields: \"max(0, r[0])\"}]"},
		{"title=It isn't", "A sample", "It isn't"},
		{"name='other'", "name: sample", "name: other"},
	} {
		edited := strings.Replace(sample, c.old, c.new, 1)
		want, err := Parse("x.yaml", []byte(edited))
		if err != nil {
			t.Fatal(c.flag, err)
		}
		list, err := grid(sample, c.flag)
		if err != nil || len(list) != 1 {
			t.Errorf("--set %s: %v, %d scenarios", c.flag, err, len(list))
			continue
		}
		got, _ := list[0].YAML()
		text, _ := want.YAML()
		if diff := cmp.Diff(string(text), string(got)); diff != "" {
			t.Errorf("--set %s: %s", c.flag, diff)
		}
	}
}

// settingErrors are flags and the whole error that they give with the sample.
var settingErrors = []struct{ flags, want string }{
	{"method.rigde=0.1", `--set method.rigde: unknown key "rigde", did you mean ridge? (accepted: {keys of sgd})`},
	{"method.rigde=null", `--set method.rigde: unknown key "rigde", did you mean ridge? (accepted: {keys of sgd})`},
	{"metod.ridge=0.1", `--set metod.ridge: metod: unknown key "metod", did you mean method? (accepted: name, title, source, data, teacher, student, method, init, experiment, grid)`},
	{"method.batch.fracton=0.1", `--set method.batch.fracton: unknown key "fracton", did you mean fraction? (accepted: fraction, sampling)`},
	{"method.ridge=0,-1", `--set method.ridge: must be ≥ 0, got -1`},
	{"method.batch={fraction: 2}", `--set method.batch: method.batch.fraction: must be in (0, 1], got 2`},
	{"method.momentum=0.5", `--set method.momentum: method.kind sgd does not use it ({users of momentum} would)`},
	{"method.steps=null", `--set method.steps: required, but missing`},
	{"data.alpha=1.333", `x.yaml:19:10: experiment.dims[0]: alpha*d = 133.3 is not whole at d = 100 (the next that works: 1000) (with --set data.alpha=1.333)`},
	{"data.covariance.ar1=0.5", `--set data.covariance.ar1: data.covariance is "identity", which has no keys; set it as a whole: data.covariance={ar1: …}`},
	{"method.ridge", `--set method.ridge: has no value: KEY=VALUE or KEY=VALUE,VALUE,… is expected`},
	{"method.ridge=", `--set method.ridge: has an empty value; null removes a key`},
	{"method.ridge=0.1,", `--set method.ridge: has an empty value; null removes a key`},
	{"experiment.functions[0]=1", `--set experiment.functions[0]: is no key of a scenario file; one is written like method.batch.fraction, and a list is set as a whole`},
	{"method.ridge=[1", `--set method.ridge: "[1": ] is missing`},
	{"experiment.dims=100,200", `--set experiment.dims: cannot have several values: a grid is of problems (experiment.seed may); a list stands in brackets, experiment.dims=[100,200]`},
	{"name=a,b", `--set name: cannot have several values: a grid is of problems (experiment.seed may); a list stands in brackets, name=[a,b]`},
	{"method.ridge=0.1 method.ridge=0.2", `--set method.ridge: given twice; several values are one list, with commas between them`},
	{"method.ridge=0.1,0.10", `--set method.ridge: two members of the grid are one problem, and would share all random numbers: sample.001 (method.ridge=0.1) and sample.002 (method.ridge=0.10)`},
	{"method.ridge=0,null", `--set method.ridge: two members of the grid are one problem, and would share all random numbers: sample.001 (method.ridge=0) and sample.002 (method.ridge=null)`},
	{"grid={method.ridge: [1]}", `--set grid: a grid is removed as a whole (null) or has its keys set themselves`},
}

func TestSettingErrors(t *testing.T) {
	for _, c := range settingErrors {
		_, err := grid(sample, strings.Fields(c.flags)...)
		if strings.Contains(c.flags, "{") { // with spaces in it
			_, err = grid(sample, c.flags)
		}
		if want := namesOfParts.Replace(c.want); err == nil || err.Error() != want {
			t.Errorf("--set %s:\n got %v\nwant %s", c.flags, err, want)
		}
	}
}

// The members are all combinations, the last key's value changing first, under names and settings that do not depend on
// the order of the flags.
func TestGrid(t *testing.T) {
	flags := []string{"method.learning_rate=0.1,0.3", "method.batch.fraction=0.2,0.5,1", "method.ridge=0.2"}
	list, err := grid(sample, flags...)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range list {
		got = append(got, m.Name+" "+m.SettingsText())
		if fmt.Sprint(m.Settings[0].Value) != fmt.Sprint(m.Method.Batch.Size()) {
			t.Errorf("%s: batch %v, settings %+v", m.Name, m.Method.Batch, m.Settings)
		}
	}
	want := []string{
		"sample.001 method.batch.fraction=0.2 method.learning_rate=0.1 method.ridge=0.2",
		"sample.002 method.batch.fraction=0.2 method.learning_rate=0.3 method.ridge=0.2",
		"sample.003 method.batch.fraction=0.5 method.learning_rate=0.1 method.ridge=0.2",
		"sample.004 method.batch.fraction=0.5 method.learning_rate=0.3 method.ridge=0.2",
		"sample.005 method.batch.fraction=1 method.learning_rate=0.1 method.ridge=0.2",
		"sample.006 method.batch.fraction=1 method.learning_rate=0.3 method.ridge=0.2",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	slices.Reverse(flags)
	again, err := grid(sample, flags...)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if list[i].Hash() != again[i].Hash() || list[i].Name != again[i].Name {
			t.Errorf("%s: the order of the flags matters", list[i].Name)
		}
	}

	// A file's grid does the same, and flags take the place of its keys.
	file := sample + "grid:\n  method.learning_rate: [0.1, 0.3]\n  method.batch.fraction: [0.2, 0.5, 1]\n"
	again, err = grid(file, "method.ridge=0.2")
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if list[i].Hash() != again[i].Hash() || list[i].Name != again[i].Name || list[i].SettingsText() != again[i].SettingsText() {
			t.Errorf("%s of the file is %s", again[i].SettingsText(), list[i].SettingsText())
		}
	}
	if again, err = grid(file, "method.learning_rate=0.7"); err != nil || len(again) != 3 || again[0].Settings[1].Value != 0.7 {
		t.Errorf("%v, %v", again, err)
	}
	plain, err := Parse("x.yaml", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	if again, err = grid(file, "grid=null"); err != nil || len(again) != 1 || again[0].Hash() != plain.Hash() || again[0].Name != "sample" {
		t.Errorf("%v, %v", again, err)
	}
}

func TestGridOfAFile(t *testing.T) {
	for _, c := range []struct{ grid, want string }{
		{"{method.ridge: [0, -1]}", "x.yaml:21:8: grid: method.ridge: must be ≥ 0, got -1"},
		{"{method.rigde: [0, 1]}", `x.yaml:21:8: grid: method.rigde: unknown key "rigde", did you mean ridge? (accepted: {keys of sgd})`},
		{"{method.ridge: 1}", "x.yaml:21:22: grid.method.ridge: must be a list in brackets, […, …], got 1"},
		{"[1, 2]", "x.yaml:21:7: grid: must be a mapping with the keys such as method.learning_rate, each with a list of values, got a list"},
		{"{experiment.dims: [[10, 20], [20, 30]]}", "x.yaml:21:8: grid: experiment.dims: cannot have several values: a grid is of problems (experiment.seed may); a list stands in brackets, experiment.dims=[[10, 20],[20, 30]]"},
		{"{data.alpha: [1.333, 2]}", "x.yaml:19:10: experiment.dims[0]: alpha*d = 133.3 is not whole at d = 100 (the next that works: 1000) (with x.yaml:21:8: grid data.alpha=1.333)"},
	} {
		if _, err := grid(sample + "grid: " + c.grid + "\n"); err == nil || err.Error() != namesOfParts.Replace(c.want) {
			t.Errorf("grid: %s:\n got %v\nwant %s", c.grid, err, c.want)
		}
	}
	file := sample + "grid: {data.covariance: [identity, {ar1: 0.5}, {values: [1, 2], weights: [0.5, 0.5]}], student.loss: ['logistic', \"hinge\"]}\n"
	list, err := grid(file)
	if err != nil || len(list) != 6 || Name(list[2].Data.Covariance) != "{ar1: 0.5}" || Name(list[3].Student.Loss) != "hinge" {
		t.Errorf("%v, %v", list, err)
	}
	// One scenario is asked for.
	path := filepath.Join(t.TempDir(), "grid.yaml")
	if err := os.WriteFile(path, []byte(file), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, find := range []func() (*Scenario, error){
		func() (*Scenario, error) { return Find(path) }, func() (*Scenario, error) { return Load(path) },
		func() (*Scenario, error) { return Parse(path, []byte(file)) },
	} {
		if _, err := find(); err == nil || !strings.HasSuffix(err.Error(), "grid: makes 6 scenarios, and one is expected here") {
			t.Error(err)
		}
	}
	if list, err := FindAll(path, nil, 50); err != nil || len(list) != 6 || list[5].Experiment.Dims[0] != 50 {
		t.Errorf("%v, %v", list, err)
	}
	many := strings.Repeat("1, ", 40)
	if _, err := grid(sample + "grid: {data.alpha: [" + many + "], method.ridge: [" + many + "]}"); err == nil || !strings.Contains(err.Error(), "at most 999 members") {
		t.Error(err)
	}
	if _, err := grid(strings.Replace(sample, "name: sample", "name: "+strings.Repeat("n", 61), 1), "data.alpha=1,2"); err == nil {
		t.Error("a name of 65 letters")
	}
}

// The name and the settings of a grid's members do not enter their hashes: a member is the scenario that one would write.
func TestMembersAreScenarios(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rates := rapid.SliceOfNDistinct(rapid.IntRange(1, 99), 1, 4, rapid.ID).Draw(t, "rates")
		var words []string
		for _, r := range rates {
			words = append(words, fmt.Sprintf("%.2f", float64(r)/100))
		}
		list, err := grid(sample, "method.learning_rate="+strings.Join(words, ","))
		if err != nil || len(list) != len(rates) {
			t.Fatal(err)
		}
		for i, m := range list {
			s, err := Parse("x.yaml", []byte(strings.Replace(sample, "rate: 0.5", "rate: "+words[i], 1)))
			if err != nil || s.Hash() != m.Hash() {
				t.Fatalf("%v: %s has another hash than the file with %s", err, m.Name, words[i])
			}
		}
	})
}

// Whatever is set, the answer is a scenario or one line that names what was set.
func FuzzSet(f *testing.F) {
	for _, c := range settingErrors {
		f.Add(c.flags)
	}
	for _, text := range []string{"method.batch.fraction=0.2,1", "data.covariance={ar1: 0.5},identity", "a.b.c=1", "init.overlap=[[1]]",
		"method=&a {b: *a}", "title=\"\\x\"", "\x1b[31m\u202e=1", "method.kind=\"\\e[31m\\n\\u202e\"", "title=a\u009d", "student=null", "grid=null", "data.mixture.positions=[1,-1]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := grid(sample, text)
		if err == nil {
			if len(list) == 0 || list[0].Scenario == nil {
				t.Error("no scenario and no error")
			}
			return
		}
		key, _, _ := strings.Cut(text, "=")
		if msg := err.Error(); strings.ContainsFunc(msg, func(r rune) bool { return !unicode.IsPrint(r) }) || !strings.Contains(msg, spec.OneLine("--set "+strings.TrimSpace(key))) {
			t.Errorf("--set %q: %q", text, msg)
		}
	})
}

// Time is the sum of the rates of the steps before.
func TestTimes(t *testing.T) {
	s, err := Find("ridge-gd")
	if err != nil {
		t.Fatal(err)
	}
	m := s.Method
	m.Steps, m.Optimizer = 3, &SGD{LearningRate: Constant(0.5)}
	if got := m.Times(); !slices.Equal(got, []float64{0, 0.5, 1, 1.5}) {
		t.Errorf("times %v", got)
	}
}
