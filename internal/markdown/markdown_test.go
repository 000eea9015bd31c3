package markdown

import (
	"bytes"
	"html"
	"math"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"pgregory.net/rapid"
)

var tags = regexp.MustCompile(`<[^>]*>`)

var special = rapid.StringOf(rapid.SampledFrom([]rune("*_`[]()<>#|~\\!&;$-+.1:/ ab")))

// text is any text on one line.
var text = rapid.Custom(func(t *rapid.T) string {
	any := rapid.StringOf(rapid.RuneFrom(nil, unicode.Letter, unicode.Punct, unicode.Symbol))
	return strings.Join(strings.Fields(strings.ToValidUTF8(rapid.OneOf(special, any).Draw(t, "s"), "")), " ")
})

// rendered is what a reader sees of Markdown.
func rendered(t *rapid.T, source string) string {
	var b bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.GFM)).Convert([]byte(source), &b); err != nil {
		t.Fatal(err)
	}
	return html.UnescapeString(tags.ReplaceAllString(b.String(), ""))
}

// Text comes out of a Markdown renderer as it went in, in a heading and in a table.
func TestEscape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "text")
		for _, source := range []string{"# x " + Escape(s) + " x", "| a | b |\n| - | - |\n| " + Escape(s) + " | end |\n"} {
			// Adjacent address-like text may become a link; that adds tags, not text.
			if got := rendered(t, source); !strings.Contains(got, s) {
				t.Fatalf("%q became %q in %q", s, got, source)
			}
		}
	})
}

// A code span holds its text too, in a table, where alone a "|" needs its backslash.
func TestCode(t *testing.T) {
	for in, want := range map[string]string{"a`b": "``a`b``", "a|b": "`a\\|b`", "`": "`` ` ``", "two\nlines": "`two lines`"} {
		if got := Code(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := text.Filter(func(s string) bool { return s != "" && !strings.Contains(s, "\\") }).Draw(t, "text")
		if got := rendered(t, "| a |\n| - |\n| "+Code(s)+" |\n"); !strings.Contains(got, s) {
			t.Fatalf("%q became %q", s, got)
		}
	})
}

func TestNumber(t *testing.T) {
	for x, want := range map[float64]string{0.25: "0.25", 3: "3", 1 / math.Sqrt2: "0.7071", 1e-5: "1e-05", 0.123456: "0.123456"} {
		if got := Number(x); got != want {
			t.Errorf("%g is %s, want %s", x, got, want)
		}
	}
	if got := Numbers([]float64{1, -0.5}); got != "1, -0.5" {
		t.Error(got)
	}
}
