package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"limitcheck/montecarlo"
)

// openOther opens the journal of another run directory, which is only read, from its beginning.
func openOther(dir string) (*os.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("%s is no run directory: %w", dir, err)
	}
	defer root.Close()
	f, err := openRegular(root, dir, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is no run directory: it has no %s: %w", dir, fileName, err)
	}
	if err != nil {
		return nil, err
	}
	format, err := formatOf(f)
	if err == nil && format != 0 {
		err = &FormatError{filepath.Join(dir, fileName), format}
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// All returns the replicas that a run directory holds, by their keys' hashes. The directory is read and not changed; bad
// lines are passed over. Errors are *FormatError, *ForeignError, or those of the file system.
func All(dir string) (map[string]*montecarlo.Replica, error) {
	f, err := openOther(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	replicas := map[string]*montecarlo.Replica{}
	_, err = read(f, filepath.Join(dir, fileName), replicas, nil)
	return replicas, err
}
