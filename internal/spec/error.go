package spec

import (
	"fmt"
	"strings"
	"unicode"
)

// An Error is what is wrong with a scenario: where, which key, and what would be accepted. It prints as one line,
// "path.yaml:12:3: method.ridge: must be ≥ 0, got -1".
type Error struct {
	File         string // empty for a scenario built in Go
	Line, Column int    // from 1; 0 where there is none
	Key          string // path of the key, such as method.ridge or experiment.dims[1]; empty for the whole file
	Message      string
}

// Error is one line of bounded length: file:line:column: key: message, as far as they are known.
func (e *Error) Error() string {
	var parts []string
	if e.File != "" {
		where := OneLine(e.File)
		if e.Line > 0 {
			where = fmt.Sprintf("%s:%d:%d", where, e.Line, e.Column)
		}
		parts = append(parts, where)
	}
	if e.Key != "" && e.File != "--set "+e.Key { // which has named it
		parts = append(parts, OneLine(e.Key))
	}
	return strings.Join(append(parts, OneLine(e.Message)), ": ")
}

// Wrong is an Error about a key, still without a position.
func Wrong(key, format string, args ...any) error {
	return &Error{Key: key, Message: OneLine(fmt.Sprintf(format, args...))}
}

// OneLine makes a text fit one line of a terminal and safe there: what does not print, such as control characters and
// marks that turn the direction of writing, is spelled out, and long texts are cut.
func OneLine(s string) string {
	const most = 300
	var b strings.Builder
	for _, r := range strings.TrimSpace(s) {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, "\\x%02x", r)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, "\\u%04x", r)
		default:
			b.WriteRune(r)
		}
		if b.Len() > most {
			b.WriteString("…")
			break
		}
	}
	return b.String()
}

// Nearest is the candidate that name may be a misspelling of, or "". The case of letters does not matter, and the first
// letter is left out or doubled by accident, but hardly ever another one: gelu is not meant as relu.
func Nearest(name string, candidates []string) string {
	best, least := "", 1+max(2, len(name)/3)
	name = strings.ToLower(name)
	for _, c := range candidates {
		lower := strings.ToLower(c)
		d := editDistance(name, lower)
		if d >= least || name == "" || name[0] != lower[0] && d != max(len(name)-len(c), len(c)-len(name)) {
			continue
		}
		best, least = c, d
	}
	return best
}

// editDistance is the Levenshtein distance in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			substitution := diagonal
			if a[i] != b[j] {
				substitution++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitution, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Unknown is the message for a name that is not among names; accepted spells out what is.
func Unknown(what, name string, names, accepted []string) string {
	hint := ""
	if near := Nearest(name, names); near != "" {
		hint = fmt.Sprintf(", did you mean %s?", near)
	}
	return fmt.Sprintf("unknown %s %q%s (accepted: %s)", what, name, hint, strings.Join(accepted, ", "))
}
