package spec

import (
	"bytes"
	"math"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The text is, byte for byte, what goccy/go-yaml 1.19.2 printed when the hashes were first given.
func TestCanonicalIsYAML(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := drawMapping(t, 3)
		want, err := yaml.Marshal(libraryTree(tree))
		if got := canonical(tree); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v\n%s", err, cmp.Diff(string(want), string(got)))
		}
	})
}

// Parts of the caller: what they hold prints as a block, or in quotes.
type (
	emptyPart   struct{}
	holdingPart struct {
		Weights []float64
		Note    string
	}
)

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
		rapid.Map(rapid.SampledFrom([]any{1, 2.5, []float64{1, 2}, "a #: text", emptyPart{}, &holdingPart{Weights: []float64{1, 2}, Note: "of: all"}, map[string]int{"a": 1}, [3]byte{45, 32, 35},
			struct{ A, B any }{nil, struct{}{}}}), func(part any) any { return Contents(part) }),
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
