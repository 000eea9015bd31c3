package main

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"limitcheck/scenarios"
)

// valueReaders read the values of flags, of each type of theirs.
func valueReaders() []kong.Option {
	return []kong.Option{
		kong.KindMapper(reflect.Int, valueReader(readWhole)),
		kong.KindMapper(reflect.Uint64, valueReader(readSeed)),
		kong.KindMapper(reflect.Float64, valueReader(readNumber)),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), valueReader(readTime)),
	}
}

// A valueReader sets a variable to what a text says. If it cannot, the error is what would be accepted.
type valueReader func(text string, target reflect.Value) error

var negative = regexp.MustCompile(`^-\.?[0-9]`)

// Decode is called by the parser. A negative number is a value too, and no flag.
func (read valueReader) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	t := ctx.Scan.Peek()
	text, got := "", "nothing"
	switch {
	case t.IsEOL():
	case t.IsValue() || negative.MatchString(t.String()):
		text = ctx.Scan.Pop().String()
		got = strconv.Quote(text)
	default:
		got = "the flag " + t.String()
	}
	err := read(text, target)
	if err == nil {
		return nil
	}
	several := ""
	if ctx.Value.Target.Kind() == reflect.Slice {
		several = "; several stand with commas between them: 100,200,400"
	}
	return fmt.Errorf("must be %w, got %s%s", err, got, several)
}

func readWhole(text string, target reflect.Value) error {
	i, err := strconv.Atoi(text)
	if err != nil {
		return errors.New("a whole number")
	}
	target.SetInt(int64(i))
	return nil
}

func readSeed(text string, target reflect.Value) error {
	i, err := strconv.ParseUint(text, 10, 64)
	if err != nil || i < 1 || i > scenarios.LargestSeed {
		return fmt.Errorf("a whole number between 1 and %d", uint64(scenarios.LargestSeed))
	}
	target.SetUint(i)
	return nil
}

func readNumber(text string, target reflect.Value) error {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return errors.New("a number")
	}
	target.SetFloat(x)
	return nil
}

func readTime(text string, target reflect.Value) error {
	d, err := time.ParseDuration(text)
	if err != nil {
		return errors.New("a time with its unit, such as 90s, 10m or 1h30m")
	}
	target.SetInt(int64(d))
	return nil
}

var (
	noValue   = regexp.MustCompile(`^(--[a-z-]+): (?:expected \w+ value but got "(.*)" \(.*\).*|missing value, .*)$`)
	shortFlag = regexp.MustCompile(`^unknown flag -([^-])`)
)

// usageError is what the parser says in our words, and where to read on.
func usageError(err error) error {
	command, text := "limitcheck", err.Error()
	var node *kong.Node
	if parse := new(kong.ParseError); errors.As(err, &parse) && parse.Context != nil {
		if node = parse.Context.Selected(); node != nil {
			command = node.FullPath()
		}
	}
	if m := noValue.FindStringSubmatch(text); m != nil {
		text = m[1] + " needs a value"
		if m[2] != "" && m[2] != "EOL" {
			text += fmt.Sprintf(", got the flag %s (if that is the value: %s=%s)", m[2], m[1], m[2])
		}
	}
	if m := shortFlag.FindStringSubmatch(text); m != nil {
		text = fmt.Sprintf("unknown flag -%s: names of flags are whole words", m[1])
		if names := flagsFrom(node, m[1]); names != nil {
			text += ", did you mean " + strings.Join(names, " or ") + "?"
		}
	}
	return fmt.Errorf("%s (run `%s --help`)", text, command)
}

// flagsFrom are the flags of a command that begin with a letter.
func flagsFrom(node *kong.Node, letter string) (names []string) {
	if node == nil {
		return nil
	}
	for _, f := range node.Flags {
		if !f.Hidden && strings.HasPrefix(f.Name, letter) {
			names = append(names, "--"+f.Name)
		}
	}
	return names
}
