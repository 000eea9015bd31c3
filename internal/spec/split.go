package spec

import (
	"fmt"
	"strings"
)

// Split cuts a text at its commas, but for those inside brackets, braces and quotes: "0.1, [1,2]" is "0.1" and " [1,2]".
// A quote is a mark where YAML would take it for one, at the beginning of a value; the apostrophe in don't is none. The
// pieces joined by commas are the text again.
func Split(text string) (pieces []string, err error) {
	var open []byte // the brackets to be closed
	start, first := 0, true
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case first && (c == '"' || c == '\''):
			end := quoteEnd(text, i)
			if end < 0 {
				return nil, fmt.Errorf("the quote %c is not closed", c)
			}
			i, first = end, false
			continue
		case c == '[' || c == '{':
			open = append(open, c+2) // in ASCII, what closes it
		case c == ']' || c == '}':
			if len(open) == 0 || open[len(open)-1] != c {
				return nil, fmt.Errorf("%c closes nothing", c)
			}
			open = open[:len(open)-1]
		case c == ',' && len(open) == 0:
			pieces, start = append(pieces, text[start:i]), i+1
		}
		first = strings.IndexByte(",[{:", c) >= 0 || first && (c == ' ' || c == '\t')
	}
	if len(open) > 0 {
		return nil, fmt.Errorf("%c is missing", open[len(open)-1])
	}
	return append(pieces, text[start:]), nil
}

// quoteEnd is where the quote that begins at from ends, -1 if it does not. Twice ' is a ' inside of one, and so is \" of
// the other.
func quoteEnd(text string, from int) int {
	quote := text[from]
	for i := from + 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] != quote:
		case quote == '\'' && i+1 < len(text) && text[i+1] == quote:
			i++
		default:
			return i
		}
	}
	return -1
}
