package tables

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// zeros is /dev/zero; any other byte does too.
type zeros struct{ fill byte }

func (z zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = z.fill
	}
	return len(p), nil
}

// Standard input that never ends is given up within a few megabytes.
func TestEndlessInput(t *testing.T) {
	const row = `{"dim": 1, "replica": 0, "step": 0, "overlap": 1}`
	for _, test := range []struct {
		start, want string
		fill        byte
	}{
		{"", "standard input:1: the line is longer than 1 MiB", 0},
		{"dim,replica,step,overlap\n", "standard input:2: the line is longer than 1 MiB", '1'},
		{"dim,replica,step,overlap\n", "standard input:2: the line is empty", '\n'},
		{"", `standard input:1: column 1 has no name (pandas writes its index so; to_csv(…, index=False) does not)`, '\n'},
		{"", "standard input:1: the line is longer than 1 MiB", ' '},
		{"", `standard input:1: a row such as {"step": 0, "overlap": 0.2} is expected`, '['},
		{row, "standard input:1: the row is longer than 1 MiB", ' '},
		{row + `{"`, "standard input:1: the row is longer than 1 MiB", 'x'},
		{"[" + row + ",", "standard input:1: the row is longer than 1 MiB", ' '},
		{`{"dim": 1`, "standard input:1: the row is longer than 1 MiB", '0'},
		{`{"config": `, "standard input:1: not JSON: exceeded max depth", '['},
	} {
		in := struct{ readers }{readers{strings.NewReader(test.start), zeros{test.fill}}}
		allocated := allocates(func() {
			_, err := ReadRuns([]string{"-"}, &in, nil)
			expectError(t, err, "", test.want)
		})
		if allocated > 16<<20 {
			t.Errorf("%s: %d bytes were taken", test.want, allocated)
		}
	}
}

// readers are read one after the other.
type readers struct {
	first *strings.Reader
	then  zeros
}

func (r *readers) Read(p []byte) (int, error) {
	if r.first.Len() > 0 {
		return r.first.Read(p)
	}
	return r.then.Read(p)
}

// What is kept is bounded, whatever the file says.
func TestTooManyRows(t *testing.T) {
	defer func(was int64) { mostBytes = was }(mostBytes)
	mostBytes = 1 << 20
	n := 1<<20/24 + 1
	for name, row := range map[string]string{"a.csv": "1,0,0,1\n", "a.json": `{"dim": 1, "replica": 0, "step": 0, "overlap": 1}` + "\n"} {
		text := strings.Repeat(row, n)
		where := n
		if name == "a.csv" {
			text, where = "dim,replica,step,overlap\n"+text, n+1
		}
		path := file(t, name, text)
		_, err := ReadRuns([]string{path}, nil, nil)
		want := (&Error{File: name, Line: where, Message: "more than 1 MiB of numbers are kept up to here, which is refused"}).Error()
		expectError(t, err, filepath.Dir(path), want)
	}
}

// Compressed files: of one endless line, damaged, and cut short.
func TestDamagedGzip(t *testing.T) {
	pack := func(text []byte) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(text)
		z.Close()
		return b.Bytes()
	}
	good := pack([]byte(runsCSV))
	wrong := bytes.Clone(good)
	wrong[len(wrong)-6] ^= 1
	for _, test := range []struct {
		data []byte
		want string
	}{
		{pack(make([]byte, 20<<20)), "a.csv.gz:1: the line is longer than 1 MiB"},
		{good[:len(good)-9], "a.csv.gz:8: the compressed data are damaged or end too early: unexpected EOF"},
		{good[:5], "a.csv.gz: the compressed data are damaged or end too early: unexpected EOF"},
		{wrong, "a.csv.gz:8: the compressed data are damaged or end too early: gzip: invalid checksum"},
		{[]byte(runsCSV), "a.csv.gz: the compressed data are damaged or end too early: gzip: invalid header"},
		{nil, "a.csv.gz: the compressed data are damaged or end too early: EOF"},
	} {
		path := filepath.Join(t.TempDir(), "a.csv.gz")
		if err := os.WriteFile(path, test.data, 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := ReadRuns([]string{path}, nil, nil)
		expectError(t, err, filepath.Dir(path), test.want)
	}
}

// A disk that fails is not the file's fault.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

func TestFailingInput(t *testing.T) {
	_, err := ReadRuns([]string{"-"}, failing{}, nil)
	if _, own := err.(*Error); own || err == nil || !strings.Contains(err.Error(), "standard input: ") {
		t.Errorf("%T %v", err, err)
	}
}
