package journal

import (
	"bufio"
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
		b, _, err := nextLine(lines)
		if err == io.EOF { // what is left is torn
			return format, nil
		}
		if err != nil {
			return 0, err
		}
		var l line
		known := json.Unmarshal(b, &l) == nil && (l.Key != "" || l.Program == program)
		if !known || l.Format == Format || l.Format < 1 || format != 0 && l.Format != format {
			return 0, nil
		}
		format = l.Format
	}
}

// setAside renames a journal of an older format to replicas.vN.jsonl (or a name with a number behind it, so that nothing is
// overwritten) and returns the new name; "" if there was none. A newer format is a *FormatError.
func setAside(root *os.Root, dir string) (name string, err error) {
	f, err := openRegular(root, dir, os.O_RDONLY)
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
		return "", &FormatError{filepath.Join(dir, fileName), format}
	}
	name = fmt.Sprintf("replicas.v%d.jsonl", format)
	for n := 2; ; n++ {
		if _, err := root.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name, root.Rename(fileName, name)
		} else if err != nil {
			return "", err
		}
		name = fmt.Sprintf("replicas.v%d.%d.jsonl", format, n)
	}
}
