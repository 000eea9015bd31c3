package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits above which a file is certainly no scenario. The YAML parser takes time quadratic in the marks and in the
// nesting, so that they also bound the time to a second. The bytes are enough for a matrix of 64 × 64 numbers with all
// their digits, which is what a scenario may hold.
const (
	maxFile    = 128 << 10 // bytes
	maxMarks   = 4000      // keys and items of lists that are not in brackets
	maxNesting = 64        // brackets open at once
)

// tooLarge says which limit a text exceeds; "" if none.
func tooLarge(text []byte) string {
	if len(text) > maxFile {
		return fmt.Sprintf("is larger than %d bytes; a scenario is a short YAML file", maxFile)
	}
	marks := 0
	for i, c := range text {
		if (c == ':' || c == '-' || c == '?') && (i+1 == len(text) || bytes.IndexByte([]byte(" \n\r\t"), text[i+1]) >= 0) {
			marks++
		}
	}
	if marks > maxMarks {
		return fmt.Sprintf("has more than %d keys and items of lists; a scenario is a short YAML file", maxMarks)
	}
	return ""
}

// A Document is a parsed file. It remembers where each key is.
type Document struct {
	file    string
	text    []byte
	root    ast.Node                   // nil: nothing in it
	at      map[string]*token.Position // of a key's value, by its path
	keys    map[string]*token.Position // of the key itself
	origins map[string]string          // of what is not as the file has it: Setting.Origin, by path
	removed map[string]bool            // paths of keys that settings removed
}

// Open parses a file.
func Open(path string) (*Document, error) {
	info, err := os.Stat(path)
	if err != nil {
		return unreadable(path, err)
	}
	if info.IsDir() {
		return nil, &Error{File: path, Message: "is a directory; a scenario is one .yaml file"}
	}
	f, err := os.Open(path)
	if err != nil {
		return unreadable(path, err)
	}
	defer f.Close()
	return From(path, f)
}

// From parses what a reader has, which errors call a file of this name.
func From(file string, r io.Reader) (*Document, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return unreadable(file, err)
	}
	return Parse(file, text)
}

func unreadable(file string, err error) (*Document, error) {
	return nil, &Error{File: file, Message: OneLine(fmt.Sprintf("cannot read the scenario file: %v", underlying(err)))}
}

// underlying drops the operation and path that the message names already.
func underlying(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Parse parses the text of a file, which errors call by this name.
func Parse(file string, text []byte) (*Document, error) {
	d := &Document{file: file, text: text, at: map[string]*token.Position{}, keys: map[string]*token.Position{},
		origins: map[string]string{}, removed: map[string]bool{}}
	fail := func(line, column int, format string, args ...any) (*Document, error) {
		return nil, &Error{File: file, Line: line, Column: column, Message: OneLine(fmt.Sprintf(format, args...))}
	}
	if why := tooLarge(text); why != "" {
		return fail(0, 0, "%s", why)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if line, column, ok := firstBinary(text); !ok {
		return fail(line, column, "is not a text file (UTF-8 is accepted)")
	}
	if open(text, "[", "]") > maxNesting || open(text, "{", "}") > maxNesting {
		return fail(0, 0, "not valid YAML: brackets are not closed")
	}
	parsed, err := parseYAML(text)
	if err != nil {
		line, column, message := syntaxError(err)
		return fail(line, column, "not valid YAML: %s", message)
	}
	for _, doc := range parsed.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType {
			continue
		}
		if d.root != nil {
			p := position(doc.Body)
			return fail(p.Line, p.Column, "a second YAML document: a scenario file holds one")
		}
		d.root = doc.Body
	}
	return d, nil
}

// Again is the document as it was before any settings.
func (d *Document) Again() *Document {
	again, err := Parse(d.file, d.text)
	if err != nil {
		panic(err) // it could be parsed before
	}
	return again
}

// open is how many more brackets are opened than closed.
func open(text []byte, left, right string) int {
	return bytes.Count(text, []byte(left)) - bytes.Count(text, []byte(right))
}

// firstBinary finds the first byte that no text has.
func firstBinary(text []byte) (line, column int, ok bool) {
	line, column = 1, 1
	for len(text) > 0 {
		c, size := utf8.DecodeRune(text)
		if c == utf8.RuneError && size == 1 || c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return line, column, false
		}
		if text = text[size:]; c == '\n' {
			line, column = line+1, 1
		} else {
			column++
		}
	}
	return 0, 0, true
}

// parseYAML turns a panic of the parser, which is not ours, into an error.
func parseYAML(text []byte) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("the parser gave up")
		}
	}()
	return parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
}

func syntaxError(err error) (line, column int, message string) {
	var e yaml.Error
	if errors.As(err, &e) {
		if t := e.GetToken(); t != nil && t.Position != nil {
			line, column = t.Position.Line, t.Position.Column
		}
		return line, column, explained(e.GetMessage())
	}
	return 0, 0, err.Error()
}

// explained is a message of the parser in terms of what one sees in the file.
func explained(message string) string {
	switch {
	case strings.Contains(message, "found character '\t'"), strings.HasPrefix(message, "tab character"):
		return "a tab character, where spaces are expected: lines are indented with spaces"
	case strings.HasSuffix(message, "value is not allowed in this context"), message == "unexpected key name":
		return message + " (each key is followed by a colon and a space, and the keys of one mapping are indented alike)"
	}
	return message
}

// Read reads the whole document into a value: Keys, or a Part that stands alone.
func (d *Document) Read(v Value) error {
	if d.root == nil {
		message := "is empty"
		if keys, ok := v.(Keys); ok {
			message += "; a scenario needs the keys " + strings.Join(keys.names(), ", ")
		}
		return &Error{File: d.file, Message: message}
	}
	return v.read(node{d: d}.child("", d.root))
}

// Given reports whether a key is in the document, after Read.
func (d *Document) Given(path string) bool { return d.keys[path] != nil }

// Locate fills in where an error's key is, or else the nearest key above it.
func (d *Document) Locate(err error) error {
	e, ok := err.(*Error)
	if !ok || e.Line > 0 || e.File != "" {
		return err
	}
	if e.File = d.origin(e.Key); e.File != "" {
		return e
	}
	e.File = d.file
	for key := e.Key; ; key = parent(key) {
		if p := d.at[key]; p != nil {
			e.Line, e.Column = p.Line, p.Column
			return e
		}
		if key == "" {
			return e
		}
	}
}
