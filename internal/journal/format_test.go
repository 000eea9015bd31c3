package journal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// older is a journal with n replicas in the lines of an older format.
func older(t *testing.T, n int) []byte {
	t.Helper()
	return bytes.ReplaceAll(written(t, n), []byte(`{"format":4,`), []byte(`{"format":3,`))
}

// A journal of an older format is kept under its own name, whatever Open is asked to do, and the run starts anew. What is
// there already is not overwritten.
func TestOlderFormatIsKeptAside(t *testing.T) {
	for _, mode := range []Mode{New, Resume, Fresh} {
		old := older(t, 3)
		dir := directory(t, old)
		for _, want := range []string{"replicas.v3.jsonl", "replicas.v3.2.jsonl"} {
			j, err := Open(dir, mode)
			if err != nil {
				t.Fatal(err)
			}
			if j.Len() != 0 || j.Aside() != want {
				t.Errorf("mode %d: %d replicas, kept aside as %q, want %q", mode, j.Len(), j.Aside(), want)
			}
			if err := errors.Join(j.Append(key(0), replica(0)), j.Close()); err != nil {
				t.Fatal(err)
			}
			if b, err := os.ReadFile(filepath.Join(dir, want)); err != nil || !bytes.Equal(b, old) {
				t.Errorf("mode %d: %s is not what it was: %v", mode, want, err)
			}
			if err := os.WriteFile(filepath.Join(dir, fileName), old, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A newer format is named as such and left alone; of two formats the lines of this one are used.
func TestOtherFormats(t *testing.T) {
	newer := bytes.ReplaceAll(written(t, 2), []byte(`{"format":4,`), []byte(`{"format":5,`))
	for _, mode := range []Mode{New, Resume, Fresh} {
		dir := directory(t, newer)
		_, err := Open(dir, mode)
		var format *FormatError
		if !errors.As(err, &format) || !strings.Contains(err.Error(), "a newer limitcheck: format 5") {
			t.Errorf("mode %d: %v", mode, err)
		}
		if b, _ := os.ReadFile(filepath.Join(dir, fileName)); !bytes.Equal(b, newer) {
			t.Errorf("mode %d changed the file", mode)
		}
	}
	mixed := append(older(t, 1), written(t, 1)...)
	if j := open(t, directory(t, mixed), Resume); j.Len() != 1 || len(j.Bad()) != 2 {
		t.Errorf("two formats: %d replicas, %v", j.Len(), j.Bad())
	}
	j := open(t, t.TempDir(), New)
	if _, err := j.Include(directory(t, older(t, 1))); !errors.As(err, new(*FormatError)) || !strings.Contains(err.Error(), "an older limitcheck: format 3") {
		t.Errorf("merged: %v", err)
	}
}
