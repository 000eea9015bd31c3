package spec

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSplit(t *testing.T) {
	for text, want := range map[string][]string{
		"0.1":                             {"0.1"},
		"0.1,0.3":                         {"0.1", "0.3"},
		"":                                {""},
		"a,,b":                            {"a", "", "b"},
		"[1,2],[3,4]":                     {"[1,2]", "[3,4]"},
		"identity, {ar1: 0.5}":            {"identity", " {ar1: 0.5}"},
		`{a: [1,{b: 2, c: 3}]},4`:         {`{a: [1,{b: 2, c: 3}]}`, "4"},
		`"a,b",'c,d'`:                     {`"a,b"`, `'c,d'`},
		`{e: "max(0, r[0]"},x`:            {`{e: "max(0, r[0]"}`, "x"},
		`'it''s, so',b`:                   {`'it''s, so'`, "b"},
		`"a\",b",c`:                       {`"a\",b"`, "c"},
		`don't,won't`:                     {`don't`, `won't`},
		`{label: 'a,b', noise: "]"}, "["`: {`{label: 'a,b', noise: "]"}`, ` "["`},
	} {
		got, err := Split(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
	for text, want := range map[string]string{
		"[1,2": "] is missing", "{a: [1}": "} closes nothing", "1],2": "] closes nothing", `"a,b`: `the quote " is not closed`,
		"1,'b": "the quote ' is not closed",
	} {
		if got, err := Split(text); err == nil || err.Error() != want {
			t.Errorf("%s: %q, %v, want the error %q", text, got, err, want)
		}
	}
}

// yamlValue draws a value as one might write it: a scalar, quoted or not, a list or a mapping, some levels deep.
func yamlValue(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		kinds := 3
		if depth > 0 {
			kinds = 5
		}
		inside := rapid.StringMatching(`[a-z0-9,\[\]{}: .]{0,8}`)
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return rapid.StringMatching(`[a-z0-9.+-][a-z0-9.'" +-]{0,8}`).Draw(t, "plain")
		case 1:
			return "'" + strings.ReplaceAll(rapid.StringMatching(`[a-z,\[\]{}'"\\]{0,8}`).Draw(t, "text"), "'", "''") + "'"
		case 2:
			return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(inside.Draw(t, "text")+`"\`) + `"`
		case 3:
			return "[" + strings.Join(rapid.SliceOfN(yamlValue(depth-1), 1, 3).Draw(t, "list"), ", ") + "]"
		}
		var entries []string
		for i, v := range rapid.SliceOfN(yamlValue(depth-1), 1, 3).Draw(t, "values") {
			entries = append(entries, string(rune('a'+i))+": "+v)
		}
		return "{" + strings.Join(entries, ",") + "}"
	})
}

// Values joined by commas are split into just these values.
func TestSplitInvertsJoin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(yamlValue(3), 1, 5).Draw(t, "values")
		got, err := Split(strings.Join(values, ","))
		if diff := cmp.Diff(values, got); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
	})
}

// Whatever the text, the pieces joined by commas are the text again, and each is one piece.
func FuzzSplit(f *testing.F) {
	for _, text := range []string{"a,[b,c]", `"x,y",{a: 'b'}`, "it's,", "[}", `"\`, "{'"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		pieces, err := Split(text)
		if err != nil {
			return
		}
		if got := strings.Join(pieces, ","); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
		for _, p := range pieces {
			if again, err := Split(p); err != nil || len(again) != 1 {
				t.Errorf("a piece of %q, %q, is split into %q, %v", text, p, again, err)
			}
		}
	})
}
