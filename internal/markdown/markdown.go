// Package markdown makes text safe inside Markdown, and writes numbers as a sentence has them.
package markdown

import (
	"strconv"
	"strings"
)

// Escape makes text from outside (a name, a title, an error) safe inside Markdown, tables included.
func Escape(s string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(s), " ") {
		switch {
		case strings.ContainsRune("\\`*_{}[]<>#|~$&!", r):
			b.WriteByte('\\')
		case r < ' ':
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Code makes s a code span, whatever backquotes it holds. A "|" would still end a table cell and is escaped.
func Code(s string) string {
	s = strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", "\\|")
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// Number is x as a file has it, or four digits if that is long (1/√2).
func Number(x float64) string {
	if s := strconv.FormatFloat(x, 'g', -1, 64); len(s) <= 8 {
		return s
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}

// Numbers writes a list with commas between.
func Numbers(values []float64) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = Number(v)
	}
	return strings.Join(words, ", ")
}
