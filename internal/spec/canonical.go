package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Canonical is the mapping as one text, of which Scenario.Hash is taken: every random stream and every journal hangs on it.
// It looks like YAML in block style, but it is spelled here alone, so that neither another YAML library nor a change of
// what YAML prints moves a single bit of any result. Its form is fixed for ever.
func (g Keys) Canonical() []byte { return canonical(g.entries(&writer{canonical: true})) }

func canonical(tree mapping) []byte { return appendMapping(nil, tree, "") }

// appendMapping writes a line, or an indented block, for each entry.
func appendMapping(text []byte, m mapping, indent string) []byte {
	for _, e := range m {
		text = append(text, indent...)
		text = append(text, e.key...)
		text = append(text, ':')
		text = appendValue(text, e.value, indent)
	}
	return text
}

// appendValue writes what stands after the colon of a key whose line is indented by indent.
func appendValue(text []byte, v any, indent string) []byte {
	switch v := v.(type) {
	case mapping:
		return appendMapping(append(text, '\n'), v, indent+"  ")
	case []any, []float64, []int, [][]float64:
		if list := items(v); len(list) > 0 {
			return appendList(append(text, '\n'), list, indent)
		}
	}
	return append(append(append(text, ' '), scalar(v, indent+"  ")...), '\n')
}

// appendList writes a list. The first line of an item stands behind its dash, the others below that.
func appendList(text []byte, list []any, indent string) []byte {
	for _, v := range list {
		var item []byte
		switch nested := items(v); {
		case len(nested) > 0:
			item = appendList(nil, nested, indent+"  ")
		default:
			if m, ok := v.(mapping); ok {
				item = appendMapping(nil, m, indent+"  ")
			} else {
				item = fmt.Appendf(nil, "%s  %s\n", indent, scalar(v, indent+"  "))
			}
		}
		item[len(indent)] = '-'
		text = append(text, item...)
	}
	return text
}

// items are the entries of a list of any type, or nil.
func items(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case []float64:
		return boxed(v)
	case []int:
		return boxed(v)
	case [][]float64:
		return boxed(v)
	}
	return nil
}

func boxed[T any](list []T) []any {
	out := make([]any, len(list))
	for i, x := range list {
		out[i] = x
	}
	return out
}

// scalar is the text of a number or a string.
func scalar(v any, indent string) string {
	switch v := v.(type) {
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return text
	case quoted:
		return strconv.Quote(strings.ToValidUTF8(string(v), "\ufffd"))
	case line:
		return word(string(v), indent)
	case string:
		return word(v, indent)
	case mapping:
		return "{}"
	case []any, []float64, []int, [][]float64:
		return "[]"
	}
	return fmt.Sprint(v)
}

// word is a string, in quotes where it could be taken for something else; several lines are an indented block.
func word(s, indent string) string {
	switch {
	case strings.ContainsAny(s, `#\`) || strings.Contains(s, ": ") || strings.Contains(s, "- ") || ambiguous(s):
		return strconv.Quote(s)
	case strings.Contains(s, "\n"):
		return "|\n" + indent + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n"+indent)
	}
	return s
}

var (
	truths = []string{"null", "true", "false", "y", "n", "yes", "no", "on", "off"}
	digits = regexp.MustCompile(`^(0x[0-9a-fA-F]+|0o[0-7]+|0b[01]+|0[0-7]*|[1-9][0-9]*|[0-9]+\.[0-9]*([eE][-+]?[0-9]+)?)$`)
)

// ambiguous reports whether a name could be taken for a truth value, a number or a date.
func ambiguous(s string) bool {
	lower := strings.ToLower(s)
	truth := slices.Contains(truths, lower) && (s == lower || s == strings.ToUpper(s) || s[1:] == lower[1:])
	_, err := time.Parse(time.DateOnly, s)
	return truth || err == nil || digits.MatchString(strings.ReplaceAll(s, "_", ""))
}
