// Package limits keeps the finished parts of limits, scramblings and closed forms, in a run directory, so that theory
// need not be solved again by a run that goes on or that merges others: a theory.Store.
//
// Each part is a file of its own, theory/HASH.gob.gz, where HASH is of everything that determines the part's values. It
// appears whole or not at all, and floats read back to the same bits. gzip's checksum tells a damaged file, which is
// passed over and written anew.
package limits

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"limitcheck/internal/machine"
	"limitcheck/internal/rundir"
	"limitcheck/theory"
)

// Format is the version of the files and of the numbers in them. It is raised when either changes, for instance when the
// points of a sweep are drawn in another order: parts of another format are never used.
const Format = 1

const (
	directory = "theory"
	extension = ".gob.gz"
)

// A Directory is the parts of a run directory and of those that it includes. Its methods may be called from several
// goroutines.
type Directory struct {
	dir  string
	root *os.Root

	used, made atomic.Int64 // known without waiting for a write

	mu     sync.Mutex
	others []*Directory
	bad    []string
	kinds  []string
}

var _ theory.Store = (*Directory)(nil)

// file is what a part's file holds.
type file struct {
	Format  int
	Machine string // its kind, machine.Kind
	Key     theory.Key
	Part    *theory.Part
}

// Open opens a run directory, which is created if need be. Nothing is written before the first part.
func Open(dir string) (*Directory, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Directory{dir: dir, root: root}, nil
}

// Include lets Find look in another run directory too, which is not changed. What is found there is copied.
func (d *Directory) Include(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.others = append(d.others, &Directory{dir: dir, root: root})
	return nil
}

// Discard removes the parts of the run directory, and nothing else that is there.
func (d *Directory) Discard() error {
	names, err := fs.Glob(d.root.FS(), directory+"/*"+extension)
	for _, name := range names {
		base := strings.TrimSuffix(path.Base(name), extension)
		if _, bad := hex.DecodeString(base); bad == nil && len(base) == hex.EncodedLen(hashLength) {
			err = errors.Join(err, d.root.Remove(name))
		}
	}
	return err
}

const hashLength = 16

// name of a part's file.
func name(k theory.Key) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "limitcheck part %d\n%s\n%d %d %d %d %s\n%t %t\n",
		Format, k.Hash, k.Seed, k.Paths, k.Coordinates, k.Scrambling, k.Ablation, k.Probes, k.Kernels))
	return directory + "/" + hex.EncodeToString(sum[:hashLength]) + extension
}

// Find returns the part with this key, or nil.
func (d *Directory) Find(k theory.Key) *theory.Part {
	d.mu.Lock()
	places := append([]*Directory{d}, d.others...)
	d.mu.Unlock()
	for _, place := range places {
		f, err := place.read(name(k))
		if err == nil && f != nil && f.Key != k {
			err = errors.New("it holds another part")
		}
		d.mu.Lock()
		switch {
		case err != nil:
			d.bad = append(d.bad, fmt.Sprintf("%s: %v", filepath.Join(place.dir, filepath.FromSlash(name(k))), err))
		case f != nil:
			d.used.Add(1)
			d.kinds = append(d.kinds, f.Machine)
		}
		d.mu.Unlock()
		if err == nil && f != nil {
			if place != d { // the directory outlives those it includes; if it is full the next part says so
				_ = d.write(f)
			}
			return f.Part
		}
	}
	return nil
}

// read returns nil if there is no such file.
func (d *Directory) read(name string) (*file, error) {
	info, err := d.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	}
	r, err := d.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	unzipped, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	most := machine.Available().Bytes / 4
	data, err := io.ReadAll(io.LimitReader(unzipped, most)) // all of it, for its checksum is at the end
	if err != nil {
		return nil, err
	}
	f := new(file)
	if err := gob.NewDecoder(bytes.NewReader(data)).Decode(f); err != nil {
		return nil, err
	}
	if f.Format != Format || f.Part == nil {
		return nil, fmt.Errorf("it is of format %d, not %d", f.Format, Format)
	}
	return f, nil
}

// Append keeps a part. When it returns nil the part outlives the process.
func (d *Directory) Append(k theory.Key, p *theory.Part) error {
	if err := d.write(&file{Format, machine.Kind(), k, p}); err != nil {
		return err
	}
	d.made.Add(1)
	return nil
}

func (d *Directory) write(f *file) error {
	var data bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&data, gzip.BestSpeed)
	if err != nil {
		return err
	}
	err = errors.Join(gob.NewEncoder(zipped).Encode(f), zipped.Close())
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.root.MkdirAll(directory, 0o777); err != nil {
		return err
	}
	return rundir.Replace(d.root, filepath.FromSlash(name(f.Key)), data.Bytes())
}

// Used is how many parts Find has found.
func (d *Directory) Used() int { return int(d.used.Load()) }

// New is how many parts Append has kept.
func (d *Directory) New() int { return int(d.made.Load()) }

// Bad says which files Find has passed over, and why.
func (d *Directory) Bad() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	slices.Sort(d.bad)
	return slices.Compact(d.bad)
}

// Machines are the kinds of machine that the parts found are from.
func (d *Directory) Machines() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	slices.Sort(d.kinds)
	return slices.Compact(d.kinds)
}

// Close closes the directories.
func (d *Directory) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.root.Close()
	for _, o := range d.others {
		err = errors.Join(err, o.root.Close())
	}
	return err
}
