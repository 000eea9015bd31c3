package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A FormatError is a journal of another format where one of this format is needed.
type FormatError struct {
	Path   string
	Format int
}

// Error names the file and both formats.
func (e *FormatError) Error() string {
	age := "an older"
	if e.Format > Format {
		age = "a newer"
	}
	return fmt.Sprintf("%s was written by %s limitcheck: format %d, this one reads format %d", e.Path, age, e.Format, Format)
}

// formatOf is the format of a journal's lines: that of the first, if all the others have it too. 0: this format, an empty
// file, or one that is damaged, about which read has more to say.
func formatOf(r io.Reader) (int, error) {
	lines, format := bufio.NewReaderSize(r, 1<<16), 0
	for {
		b, err := lines.ReadBytes('\n')
		if err == io.EOF { // what is left is torn
			return format, nil
		}
		if err != nil {
			return 0, err
		}
		var l struct {
			Format int `json:"format"`
		}
		if json.Unmarshal(bytes.TrimSuffix(b, []byte("\n")), &l) != nil || l.Format == Format || l.Format < 1 || format != 0 && l.Format != format {
			return 0, nil
		}
		format = l.Format
	}
}

// setAside renames a journal of an older format to replicas.vN.jsonl (or a name with a number behind it, so that nothing is
// overwritten) and returns the new name; "" if there was none. A newer format is a *FormatError.
func setAside(dir string) (name string, err error) {
	path := filepath.Join(dir, fileName)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	format, err := formatOf(f)
	if err := errors.Join(err, f.Close()); err != nil || format == 0 {
		return "", err
	}
	if format > Format {
		return "", &FormatError{path, format}
	}
	name = fmt.Sprintf("replicas.v%d.jsonl", format)
	for n := 2; ; n++ {
		if _, err := os.Lstat(filepath.Join(dir, name)); errors.Is(err, fs.ErrNotExist) {
			return name, os.Rename(path, filepath.Join(dir, name))
		} else if err != nil {
			return "", err
		}
		name = fmt.Sprintf("replicas.v%d.%d.jsonl", format, n)
	}
}
