package tables

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// Formats are the endings of the files that are read: CSV with a header, the same compressed, rows of JSON one after the
// other or in one array, and NumPy's arrays.
var Formats = []string{".csv", ".csv.gz", ".json", ".jsonl", ".ndjson", ".npz"}

const standardInput = "standard input"

// read reads a file, or standard input for "-". npz is what to do with an .npz, of so many bytes.
func (r *rows) read(name string, stdin io.Reader, npz func(source io.ReaderAt, size int64) error) error {
	if name == "-" {
		r.file = standardInput
		return r.sniff(stdin)
	}
	r.file = name
	format := formatOf(name)
	if format == "" {
		return r.wrong("the format is told by the end of the name: %s, or - for CSV or JSON from standard input is expected",
			strings.Join(Formats, ", "))
	}
	file, err := r.openFile(name)
	if err != nil {
		return err
	}
	defer file.Close()
	switch format {
	case ".csv":
		return r.readCSV(file)
	case ".csv.gz":
		unzipped, err := gzip.NewReader(file)
		if err != nil {
			return r.failed(0, err)
		}
		return r.readCSV(unzipped)
	case ".npz":
		info, err := file.Stat()
		if err != nil {
			return err
		}
		r.binary = true
		return npz(file, info.Size())
	}
	return r.readJSON(file)
}

// formatOf is the format of a name, or "".
func formatOf(name string) string {
	for _, ending := range Formats {
		if strings.HasSuffix(strings.ToLower(name), ending) {
			return ending
		}
	}
	return ""
}

// openFile opens a regular file: a pipe may have no other end, a device no end at all.
func (r *rows) openFile(name string) (*os.File, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, r.wrong("there is no such file")
	case errors.Is(err, fs.ErrPermission):
		return nil, r.wrong("it may not be read: permission denied")
	case err != nil:
		return nil, r.wrong("%v", errors.Unwrap(err))
	case !info.Mode().IsRegular():
		return nil, r.wrong("not a regular file (a pipe can be read as standard input: -)")
	}
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrPermission) {
		return nil, r.wrong("it may not be read: permission denied")
	}
	return file, err
}

// sniff reads CSV or JSON, which begins with a bracket or a brace.
func (r *rows) sniff(source io.Reader) error {
	if source == nil {
		source = strings.NewReader("")
	}
	in := bufio.NewReader(source)
	for n := 1; ; n++ {
		start, err := in.Peek(n)
		if err == nil && strings.ContainsRune(" \t\r\n", rune(start[n-1])) && n < in.Size() {
			continue
		}
		if err == nil && (start[n-1] == '{' || start[n-1] == '[') {
			return r.readJSON(in)
		}
		return r.readCSV(in)
	}
}

// failed is an error of reading: the file's fault if it is compressed and damaged, the machine's otherwise.
func (r *rows) failed(at uint32, err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.As(err, &corrupt), errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum),
		errors.Is(err, io.ErrUnexpectedEOF), err == io.EOF:
		return r.wrongAt(at, "the compressed data are damaged or end too early: %v", err)
	case errors.Is(err, syscall.EISDIR):
		return r.wrong("a directory, not a file")
	}
	return fmt.Errorf("%s: %w", r.file, err)
}
