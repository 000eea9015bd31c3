package main

import (
	"bytes"
	"math/rand/v2"
	"strings"

	"limitcheck/scenarios"
)

// A mutator makes files that nobody meant to write from those of the catalogue.
type mutator struct {
	files [][]byte
	lines [][]byte // of all files
}

func newMutator() *mutator {
	m := new(mutator)
	for _, s := range scenarios.Catalogue() {
		text, err := s.YAML()
		if err != nil {
			panic(err) // the catalogue can be written
		}
		m.files = append(m.files, text)
		m.lines = append(m.lines, bytes.SplitAfter(text, []byte("\n"))...)
	}
	return m
}

// values stand in the place of others.
var values = []string{
	"0", "-1", "1e9", "1e-300", "1e400", "-0.0", ".inf", ".nan", "0x10", "1_000", "9007199254740993", "100000", "1e308", "2.5",
	"", "null", "~", "true", "[]", "{}", "[1, 2]", "{a: 1}", "{schedule: beck-teboulle}", "{schedule: cosine, initial: 1, final: 0}",
	"linear", "sign", "logistic", "hinge", "square", "erf", "fixed", "persistent", "adam", "fista", "langevin", "sparse", "{sparse: 0.01}",
	"{ar1: 0.99}", "{marchenko_pastur: 0.5}", "{student_t: 2.5}", `"h[0] > 9 ? 1 : -1"`, `{expression: "1/h[0]"}`, `{expression: "h[63]"}`,
	`{value: "f^2", gradient: "2*f"}`, "\"\\e[2J\\x07\"", "\"\\u202e\\u0085\"", "&a [*a]", "*a", "!!binary aGk=", "|", ">", "? x", "- - -",
	"'", "\"", "\x00", "\xff\xfe", "\u202e", "\u0085", "é", strings.Repeat("9", 400), strings.Repeat("[", 70), strings.Repeat("x", 3000),
}

// marks mean something in YAML.
const marks = " \n\t:-,[]{}\"'#&*!|>%@`\\"

// keys stand in the place of others.
var keys = []string{
	"name", "title", "data", "alpha", "covariance", "mixture", "teacher", "student", "units", "method", "batch", "steps", "init", "overlap",
	"experiment", "dims", "functions", "flow", "\"\\e[31m\\n\\n\"", "\"\\u202e\"", "? [a]", "1", "<<", "\"" + strings.Repeat("k", 500) + "\"",
}

// mutate does one to four harms to a file.
func (m *mutator) mutate(rng *rand.Rand) []byte {
	text := bytes.Clone(m.files[rng.IntN(len(m.files))])
	for range 1 + rng.IntN(4) {
		text = m.harm(rng, text)
	}
	return text
}

func (m *mutator) harm(rng *rand.Rand, text []byte) []byte {
	if rng.IntN(3) == 0 && len(text) > 0 { // of bytes
		i := rng.IntN(len(text))
		switch rng.IntN(4) {
		case 0:
			text[i] ^= 1 << rng.IntN(8)
		case 1:
			text = append(text[:i], text[min(len(text), i+1+rng.IntN(8)):]...)
		case 2:
			text = insert(text, i, []byte(values[rng.IntN(len(values))]))
		case 3:
			text = insert(text, rng.IntN(len(text)+1), []byte{marks[rng.IntN(len(marks))]})
		}
		return text
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	i := rng.IntN(len(lines))
	key, value, found := bytes.Cut(lines[i], []byte(":"))
	switch rng.IntN(8) {
	case 0:
		lines = append(lines[:i], lines[i+1:]...)
	case 1:
		lines[i] = append(bytes.Clone(lines[i]), lines[i]...)
	case 2:
		lines[i] = m.lines[rng.IntN(len(m.lines))]
	case 3:
		lines[i] = append([]byte(strings.Repeat(" ", rng.IntN(5))), bytes.TrimLeft(lines[i], " ")...)
	case 4:
		j := rng.IntN(len(lines))
		lines[i], lines[j] = lines[j], lines[i]
	case 5:
		if found {
			indent := key[:len(key)-len(bytes.TrimLeft(key, " "))]
			lines[i] = append(append(bytes.Clone(indent), keys[rng.IntN(len(keys))]+":"...), value...)
		}
	default:
		if found {
			lines[i] = append(bytes.Clone(key), ": "+values[rng.IntN(len(values))]+"\n"...)
		}
	}
	return bytes.Join(lines, nil)
}

func insert(text []byte, at int, part []byte) []byte {
	return bytes.Join([][]byte{text[:at], part, text[at:]}, nil)
}
