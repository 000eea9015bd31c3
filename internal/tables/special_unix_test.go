//go:build unix

package tables

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe without another end and a device without an end are refused before they are opened.
func TestSpecialFiles(t *testing.T) {
	dir := t.TempDir()
	pipe, zero, folder, closed := filepath.Join(dir, "pipe.csv"), filepath.Join(dir, "zero.json"), filepath.Join(dir, "folder.npz"), filepath.Join(dir, "closed.csv")
	for _, err := range []error{syscall.Mkfifo(pipe, 0o666), os.Symlink("/dev/zero", zero), os.Mkdir(folder, 0o777), os.WriteFile(closed, nil, 0)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{pipe, zero, folder} {
		_, err := ReadTheory(name, nil)
		expectError(t, err, dir, filepath.Base(name)+": not a regular file (a pipe can be read as standard input: -)")
	}
	if os.Getuid() != 0 { // whom nothing is closed to
		_, err := ReadTheory(closed, nil)
		expectError(t, err, dir, "closed.csv: it may not be read: permission denied")
	}
	_, err := ReadTheory(filepath.Join(dir, "none.csv"), nil)
	expectError(t, err, dir, "none.csv: there is no such file")
	_, err = ReadTheory(filepath.Join(closed, "none.csv"), nil)
	expectError(t, err, dir, "closed.csv/none.csv: not a directory")
}
