package scenarios

import (
	"bufio"
	"bytes"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Every random stream and every journal hangs on these; testdata/hashes.txt is never written anew.
func TestGoldenHashes(t *testing.T) {
	f, err := os.Open("testdata/hashes.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	count := 0
	for lines := bufio.NewScanner(f); lines.Scan(); count++ {
		name, hash, _ := strings.Cut(lines.Text(), " ")
		s, err := Find(name)
		if err != nil {
			t.Error(err)
		} else if s.Hash() != hash {
			t.Errorf("%s has hash %s, it was %s", name, s.Hash(), hash)
		}
	}
	if count != 44 {
		t.Errorf("%d hashes, there were 44", count)
	}
}

// The text is, byte for byte, what goccy/go-yaml 1.19.2 printed when the hashes were first given.
func TestCanonicalIsYAML(t *testing.T) {
	checkCanonical := func(t interface {
		Helper()
		Fatalf(string, ...any)
	}, tree mapping) {
		t.Helper()
		want, err := yaml.Marshal(libraryTree(tree))
		if got := canonical(tree); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v\n%s", err, cmp.Diff(string(want), string(got)))
		}
	}
	for _, s := range Catalogue() {
		s.Title = "hash"
		checkCanonical(t, s.fields().write(new(writer)).(mapping))
		for _, loss := range []Loss{namelessLoss{}, &holdingLoss{Weights: []float64{1, 2}, Note: "of: all"}, funcLoss(3)} {
			s.Student.Loss = loss
			checkCanonical(t, s.fields().write(new(writer)).(mapping))
		}
	}
	s := Catalogue()[0]
	s.Title = "hash"
	all := func() { checkCanonical(t, s.fields().write(new(writer)).(mapping)) }
	for _, s.Student.Loss = range examples(t, &losses) {
		all()
	}
	for _, s.Student.Activation = range examples(t, &activations) {
		all()
	}
	for _, s.Teacher.Label = range examples(t, &labels) {
		all()
	}
	for _, s.Teacher.Noise = range examples(t, &noises) {
		all()
	}
	for _, s.Teacher.Weights = range examples(t, &weightLaws) {
		all()
	}
	for _, s.Data.Covariance = range examples(t, &covariances) {
		all()
	}
	for _, s.Method.LearningRate = range examples(t, &schedules) {
		all()
	}
	rapid.Check(t, func(t *rapid.T) { checkCanonical(t, drawMapping(t, 3)) })
}

type holdingLoss struct {
	square
	Weights []float64
	Note    string
}

type funcLoss float64

func (funcLoss) Value(f, y float64) float64    { return f - y }
func (funcLoss) Gradient(f, y float64) float64 { return 1 }

// libraryTree is a tree in the types in which the library printed it.
func libraryTree(v any) any {
	switch v := v.(type) {
	case mapping:
		out := yaml.MapSlice{}
		for _, e := range v {
			out = append(out, yaml.MapItem{Key: e.key, Value: libraryTree(e.value)})
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = libraryTree(x)
		}
		return out
	case line:
		if tame(string(v)) {
			return string(v)
		}
		return quoted(v)
	}
	return v
}

// drawMapping draws what fields can write: names (among them those that look like something else), formulas of any
// text, numbers, lists and matrices of them, records, nested mappings and the contents of Go types.
func drawMapping(t *rapid.T, depth int) mapping {
	number := rapid.OneOf(rapid.Float64().Filter(func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }),
		rapid.Map(rapid.IntRange(-1000, 1000), func(i int) float64 { return float64(i) / 8 }), rapid.Float64Range(-1e9, 1e9))
	name := rapid.Map(rapid.OneOf(
		rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9_.-]{0,12}`),
		rapid.StringMatching(`0[xob]?[0-9a-fA-F_]{0,4}`),
		rapid.StringMatching(`[0-9][0-9_]{0,3}\.?[0-9_]{0,3}([eE]-?[0-9]{0,3})?`),
		rapid.StringMatching(`(19|20)[0-9][0-9]-[01][0-9]-[0-3][0-9]`),
		rapid.SampledFrom([]string{"y", "Y", "n", "No", "nO", "yes", "YES", "ON", "on", "oFF", "Off", "null", "Null", "NULL", "nULL", "true", "True",
			"tRue", "FALSE", "nan", "NaN", "inf", "Inf", "1e5", "1.e5", "1.5e400", "99999999999999999999", "0x99999999999999999999", "heavy-ball"}),
	), func(s string) string { return s[:min(len(s), 64)] })
	value := rapid.OneOf(
		rapid.Map(number, func(x float64) any { return x }),
		rapid.Map(rapid.Int(), func(x int) any { return x }),
		rapid.Map(rapid.Uint64(), func(x uint64) any { return x }),
		rapid.Map(name, func(s string) any { return line(s) }),
		rapid.Map(rapid.String(), func(s string) any { return quoted(s) }),
		rapid.Map(rapid.StringMatching(`[ -~\n]{0,40}`), func(s string) any { return quoted(s) }),
		rapid.Map(rapid.SampledFrom([]any{1, 2.5, []float64{1, 2}, "a #: text", namelessLoss{}, &holdingLoss{}, map[string]int{"a": 1}, [3]byte{45, 32, 35},
			struct{ A, B any }{nil, struct{}{}}}), func(part any) any { return contents(part) }),
		rapid.Map(rapid.SliceOfN(number, 0, 4), func(x []float64) any { return x }),
		rapid.Map(rapid.SliceOfN(rapid.Int(), 0, 4), func(x []int) any { return x }),
		rapid.Map(rapid.SliceOfN(rapid.SliceOfN(number, 0, 3), 0, 3), func(x [][]float64) any { return x }),
	)
	key := rapid.StringMatching(`[a-z]{1,6}_[a-z1-9]{1,6}`)
	tree := make(mapping, rapid.IntRange(1, 5).Draw(t, "entries"))
	for i := range tree {
		tree[i].key = key.Draw(t, "key")
		switch kind := rapid.IntRange(0, 5).Draw(t, "kind"); {
		case kind == 0 && depth > 0:
			tree[i].value = drawMapping(t, depth-1)
		case kind == 1 && depth > 0:
			list := make([]any, rapid.IntRange(0, 3).Draw(t, "records"))
			for j := range list {
				list[j] = drawMapping(t, depth-1)
			}
			tree[i].value = list
		default:
			tree[i].value = value.Draw(t, "value")
		}
	}
	return tree
}

// A key that came later enters the text where it differs from its default, and nowhere else.
func TestLaterKeys(t *testing.T) {
	kind, count, list := "plain", 3, []float64{1, 2}
	nested := 0.5
	old := group{{key: "count", value: &whole[int]{&count, 1, 9}}}
	grown := append(old,
		field{key: "kind", standard: "plain", later: true, value: &named{&kind, "kind", []string{"plain", "odd"}}},
		field{key: "list", standard: []float64{1, 2}, later: true, value: &numerics{&list, anyNumber}},
		field{key: "nest", value: group{{key: "x", standard: 0.5, later: true, value: &numeric{&nested, anyNumber}}}})
	text := func(g group) string { return string(canonical(g.write(&writer{hash: true}).(mapping))) }
	if text(grown) != text(old) {
		t.Errorf("at their defaults later keys are in the text:\n%s", text(grown))
	}
	kind, nested = "odd", 1
	if want := text(old) + "kind: odd\nnest:\n  x: 1.0\n"; text(grown) != want {
		t.Errorf("got\n%swant\n%s", text(grown), want)
	}
	list = []float64{1, 3}
	if want := text(old) + "kind: odd\nlist:\n- 1.0\n- 3.0\nnest:\n  x: 1.0\n"; text(grown) != want {
		t.Errorf("got\n%swant\n%s", text(grown), want)
	}
}

// Names, titles, dims, replicas and margins are no part of what a replica is; the seed and everything else is.
func TestHashIgnores(t *testing.T) {
	hash := func(change func(*Scenario)) string {
		s, err := Find("logistic-sgd")
		if err != nil {
			t.Fatal(err)
		}
		change(s)
		return s.Hash()
	}
	same := hash(func(*Scenario) {})
	for what, change := range map[string]func(*Scenario){
		"name":     func(s *Scenario) { s.Name = "other" },
		"title":    func(s *Scenario) { s.Title = "other" },
		"dims":     func(s *Scenario) { s.Experiment.Dims = []int{100} },
		"replicas": func(s *Scenario) { s.Experiment.Replicas = 3 },
		"margin":   func(s *Scenario) { s.Experiment.Margin = 0.2 },
	} {
		if hash(change) != same {
			t.Errorf("the hash changes with the %s", what)
		}
	}
	for what, change := range map[string]func(*Scenario){
		"seed":  func(s *Scenario) { s.Experiment.Seed = 2 },
		"steps": func(s *Scenario) { s.Method.Steps++ },
		"alpha": func(s *Scenario) { s.Data.Alpha = math.Nextafter(s.Data.Alpha, 9) },
		"loss":  func(s *Scenario) { s.Student.Loss = namelessLoss{} },
	} {
		if hash(change) == same {
			t.Errorf("the hash does not change with the %s", what)
		}
	}
}
