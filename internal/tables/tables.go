// Package tables reads theories and runs that were made elsewhere, and writes those that are made here: CSV, JSON, and
// NumPy's .npz. What it returns is plain numbers under the names of their columns; it knows no scenario and no
// statistics.
//
// A theory has the columns step and any observables, each with its standard error NAME_se if it has one; instead of
// errors there may be a column replicate. Runs have the columns dim, replica, step and any observables. The formats are
// told by the file's name (see Formats), and "-" is CSV or JSON from standard input.
//
// Reading is strict. Whatever is wrong with a file is an *Error of one line that says where: a number of rows may come
// in any order, but none may be ragged, come twice or be missing, and no number that is asked for may be NaN, infinite
// or absent. A file is read as a stream; what is kept of it is bounded.
package tables

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// mostBytes is what the numbers kept of one file may take in memory: 10⁷ rows of 24 columns. Tests lower it.
var mostBytes int64 = 2 << 30

// An Error is what is wrong with a file. It prints as one line, "runs.csv:17: overlap is NaN, …".
type Error struct {
	File    string
	Line    int // of a text file, from 1; 0 where there is none
	Row     int // of the arrays of an .npz, from 1 here and from 0, as NumPy counts, in the text; 0 where there is none
	Message string
}

// Error implements error.
func (e *Error) Error() string {
	file := e.File
	if strings.ContainsFunc(file, func(r rune) bool { return !unicode.IsPrint(r) }) {
		file = strconv.Quote(file)
	}
	switch {
	case e.Line > 0:
		return fmt.Sprintf("%s:%d: %s", file, e.Line, e.Message)
	case e.Row > 0:
		return fmt.Sprintf("%s: row %d: %s", file, e.Row-1, e.Message)
	}
	return file + ": " + e.Message
}

// quote shows text of a file on one line of a terminal, cut if it is long.
func quote[T string | []byte](text T) string {
	const most = 40
	s := string(text[:min(len(text), most+1)])
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return fmt.Sprintf("%q", s)
}

// list shows names of columns on one line.
func list(names []string) string {
	const most = 12
	shown := names[:min(len(names), most)]
	text := strings.Join(shown, ", ")
	if len(shown) < len(names) {
		text += fmt.Sprintf(" and %d more", len(names)-len(shown))
	}
	return text
}

// named says whether a text can be the name of a column: printable, and no longer than a reader can take in.
func named(name string) bool {
	const most = 200
	if name == "" || len(name) > most || strings.TrimSpace(name) != name {
		return false
	}
	for _, r := range name {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return false
		}
	}
	return true
}
