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
	"slices"

	"limitcheck/internal/machine"
	"limitcheck/montecarlo"
)

// A BadLine is a line that no kill can explain, such as one with a flipped bit. It is passed over and left where it is.
type BadLine struct {
	Path   string
	Line   int // from 1
	Reason string
}

// String names the file and the line.
func (b BadLine) String() string { return fmt.Sprintf("%s:%d: %s", b.Path, b.Line, b.Reason) }

// A ForeignError says that something stands where a journal would be that is none of ours. It is not touched.
type ForeignError struct{ Path, Reason string }

// Error names the file.
func (e *ForeignError) Error() string { return e.Path + " is none of limitcheck's: " + e.Reason }

// openRegular opens a regular file below root: a pipe may have no other end, a device no end at all, and a link may lead
// out of the directory.
func openRegular(root *os.Root, dir string, flag int) (*os.File, error) {
	path := filepath.Join(dir, fileName)
	info, err := root.Lstat(fileName)
	switch {
	case errors.Is(err, fs.ErrNotExist) && flag&os.O_CREATE != 0:
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &ForeignError{path, "it is not a regular file"}
	case info.Size()/2 > machine.Available().Bytes: // numbers take less in memory than in text
		return nil, &machine.MemoryError{What: "reading " + path, Need: info.Size() / 2, Have: machine.Available()}
	}
	return root.OpenFile(fileName, flag, 0o666)
}

// contents are what reading a journal finds.
type contents struct {
	path     string
	whole    int64 // bytes of the whole lines
	torn     []byte
	replicas int
	header   []byte   // the last one
	kinds    []string // of machine, named by headers
	bad      []BadLine
}

// ours reports whether any of it was written by limitcheck: what is not is never cut, and never written to.
func (c *contents) ours() bool {
	switch {
	case c.replicas > 0 || c.header != nil:
		return true
	case len(c.bad) > 0:
		return false
	}
	return torn(c.torn)
}

// torn reports whether a kill may have left these bytes of a first line.
func torn(b []byte) bool {
	for _, first := range []string{`{"format":%d,"program":"limitcheck","machine":"`, `{"format":%d,"key":"`} {
		first = fmt.Sprintf(first, Format)
		if n := min(len(b), len(first)); string(b[:n]) == first[:n] {
			return true
		}
	}
	return false
}

// read adds the replicas of a journal to done, where the first of equal keys wins; what is below the last whole line is
// torn. Bad lines are passed over. Lines that add something, headers too, are handed to keep, which may be nil.
func read(r io.Reader, path string, done map[string]*montecarlo.Replica, keep func(line []byte, header bool) error) (*contents, error) {
	c, lines := &contents{path: path}, bufio.NewReaderSize(r, 1<<16)
	for n := 1; ; n++ {
		b, size, err := nextLine(lines)
		if err == io.EOF {
			c.torn = b
			return c, nil
		}
		if err != nil {
			return nil, err
		}
		c.whole += size
		replicas := c.replicas
		added, reason := c.take(b, size, done)
		if reason != "" {
			c.bad = append(c.bad, BadLine{path, n, reason})
		}
		if added && keep != nil {
			if err := keep(append(b, '\n'), c.replicas == replicas); err != nil {
				return nil, err
			}
		}
	}
}

// take adds what a line holds, and says whether that was anything new. It returns what is wrong with it.
func (c *contents) take(b []byte, size int64, done map[string]*montecarlo.Replica) (added bool, reason string) {
	if size > maxLine {
		return false, fmt.Sprintf("a line of %d bytes, at most %d are possible", size, maxLine)
	}
	var l line
	if err := json.Unmarshal(b, &l); err != nil {
		return false, err.Error()
	}
	if l.Format == Format && l.Program == program {
		c.header = append(slices.Clone(b), '\n')
		if !slices.Contains(c.kinds, l.Machine) {
			c.kinds = append(c.kinds, l.Machine)
		}
		return true, ""
	}
	replica, err := l.decode()
	if err != nil {
		return false, err.Error()
	}
	c.replicas++
	if done[l.Key] != nil {
		return false, ""
	}
	done[l.Key] = replica
	return true, ""
}

// nextLine returns a line without its end, and its size with it. Of one that is too long only the beginning is kept. At
// the end of the file it returns what is left and io.EOF.
func nextLine(in *bufio.Reader) (line []byte, size int64, err error) {
	for {
		part, err := in.ReadSlice('\n')
		size += int64(len(part))
		if size <= maxLine {
			line = append(line, part...)
		}
		if err != bufio.ErrBufferFull {
			return bytes.TrimSuffix(line, []byte("\n")), size, err
		}
	}
}

// Ours reports whether dir holds a journal that limitcheck wrote, of this or another format.
func Ours(dir string) bool {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return false
	}
	defer root.Close()
	f, err := openRegular(root, dir, os.O_RDONLY)
	if err != nil {
		return false
	}
	defer f.Close()
	lines := bufio.NewReaderSize(f, 1<<16)
	for n := 0; ; n++ {
		b, _, err := nextLine(lines)
		if err != nil {
			return err == io.EOF && n == 0 && len(b) > 0 && torn(b)
		}
		var l line
		if json.Unmarshal(b, &l) == nil && l.Format >= 1 && (l.Program == program || l.Key != "" && l.Replica != nil) {
			return true
		}
	}
}
