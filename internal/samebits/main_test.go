package main

import (
	"errors"
	"strings"
	"testing"
)

func TestFirstDifference(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"a\nb\n", "a\nb\n", ""},
		{"a\nb\n", "a\nc\n", ", line 2\n  old b\n  new c"},
		{"a\n", "a\nc\n", ", line 2\n  old \n  new c"},
		{"a\nb", "a", ", line 2\n  old b\n  new (nothing)"},
	} {
		if got := firstDifference(c.old, c.new); got != c.want {
			t.Errorf("%q against %q: %q, want %q", c.old, c.new, got, c.want)
		}
	}
}

func TestTable(t *testing.T) {
	print := func(difference string) (string, error) {
		tab := table{kinds: []string{"theory", "simulate"}}
		tab.add("plain", job{kind: "theory", name: "a"}, "")
		tab.add("plain", job{kind: "simulate", name: "a"}, difference)
		tab.skip("no-avx512")
		var b strings.Builder
		err := tab.print(&b)
		return b.String(), err
	}
	same, err := print("")
	if want := "processor  theory              simulate\nplain      1 of 1              1 of 1\n" +
		"no-avx512  as plain: not here  as plain: not here\nthe same bits\n"; same != want || err != nil {
		t.Errorf("%v, got\n%swant\n%s", err, same, want)
	}
	differs, err := print("output, line 3\n  old 1\n  new 2")
	if want := "1 differ; the first: plain: simulate a: output, line 3\n  old 1\n  new 2\n"; !strings.HasSuffix(differs, want) || !errors.Is(err, errDiffers) {
		t.Errorf("%v, got\n%s", err, differs)
	}
}
