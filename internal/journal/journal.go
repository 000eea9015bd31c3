// Package journal keeps the finished replicas of a run in a directory, so that a long run can be killed at any moment
// and taken up again.
//
// The directory holds replicas.jsonl, one line a replica, written the moment it finishes, and a lock, so that two runs
// cannot write to one directory. Lines are JSON objects
//
//	{"format":4,"program":"limitcheck","machine":"amd64 avx512"}
//	{"format":4,"key":"…","check":2718281828,"replica":{"scenario":"ridge-gd","dim":250,…}}
//
// of which the first says whose file this is. key is a hash of everything that determines the replica's values and check is the CRC-32C of the replica's
// bytes. Floats are written in the shortest form that reads back to the same bits, so a resumed run and an
// uninterrupted one hold the same numbers.
package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"limitcheck/montecarlo"
)

// Format is the version of the lines and of the numbers in them. It is raised when either changes, for instance when an
// engine draws its random numbers in another order: replicas of an older format are never reused, and never deleted.
const Format = 4

const (
	fileName = "replicas.jsonl"
	lockName = "lock"
)

// syncInterval bounds what a power cut can take. A killed process loses nothing: each line is handed to the system at
// once. In a Slurm job it is longer: thousands of tasks share a file system, for which every sync is work.
func syncInterval() time.Duration {
	if os.Getenv("SLURM_JOB_ID") != "" {
		return time.Minute
	}
	return 2 * time.Second
}

// A Key is everything that determines a replica's values. The scenario's name is not part of its hash.
type Key = montecarlo.Key

func hash(k Key) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "limitcheck replica %d\n%s\n%d %d %d %s %t\n",
		Format, k.Hash, k.Seed, k.Dim, k.Index, k.Engine, k.Float32))
	return hex.EncodeToString(sum[:16])
}

// Mode says what Open does with the replicas that a directory already holds.
type Mode int

// The modes.
const (
	New    Mode = iota // refuse, with an *ExistsError
	Resume             // keep them
	Fresh              // discard them
)

// An ExistsError says that a directory holds replicas of an earlier run, and nobody said what to do with them.
type ExistsError struct {
	Dir      string
	Replicas int
}

// Error says what is there and how to go on.
func (e *ExistsError) Error() string {
	return fmt.Sprintf("%s holds %d finished replicas of an earlier run", e.Dir, e.Replicas)
}

// A GoneError says that somebody removed the journal from where it was written. Its replicas are lost.
type GoneError struct{ Path string }

// Error names the file.
func (e *GoneError) Error() string {
	return e.Path + " was removed or replaced while this run was writing to it: its replicas are lost"
}

// A Journal is an open run directory. Its methods may be called from several goroutines.
type Journal struct {
	dir      string
	root     *os.Root
	lock     locker
	repaired int
	aside    string
	bad      []BadLine
	kinds    []string

	mu     sync.Mutex
	file   *os.File
	header []byte // the last one written
	size   int64  // of the whole lines
	synced time.Time
	every  time.Duration // to sync
	broken error         // of the first failed write; nothing is written after it
	done   map[string]*montecarlo.Replica
	count  atomic.Int64 // of done: known without waiting for a write
}

// Open takes the lock of a run directory, which is created if need be, and reads the replicas it holds. A line that a
// kill has torn, which can only be the last, is cut off; other bad lines are passed over and left. Replicas of an older
// format are kept aside. Errors are *ExistsError, *LockedError, *FormatError, *ForeignError, with which nothing is
// touched, or those of the file system.
func Open(dir string, mode Mode) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	lock, err := takeLock(root, dir)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	j := &Journal{dir: dir, root: root, lock: lock, synced: time.Now(), every: syncInterval(),
		done: map[string]*montecarlo.Replica{}}
	if err := j.open(mode); err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return j, nil
}

func (j *Journal) path() string { return filepath.Join(j.dir, fileName) }

func (j *Journal) open(mode Mode) (err error) {
	if j.aside, err = setAside(j.root, j.dir); err != nil {
		return err
	}
	if j.file, err = openRegular(j.root, j.dir, os.O_RDWR|os.O_CREATE); err != nil {
		return err
	}
	found, err := read(j.file, j.path(), j.done, nil)
	if err != nil {
		return err
	}
	switch {
	case !found.ours():
		return &ForeignError{j.path(), "no line of it is a replica's"}
	case mode == New && len(j.done) > 0:
		return &ExistsError{j.dir, len(j.done)}
	case mode == Fresh:
		clear(j.done)
	default:
		j.header = found.header
		j.size, j.repaired, j.bad, j.kinds = found.whole, len(found.torn), found.bad, found.kinds
	}
	j.count.Store(int64(len(j.done)))
	if err := j.file.Truncate(j.size); err != nil {
		return err
	}
	if _, err = j.file.Seek(j.size, io.SeekStart); err != nil || j.size > 0 {
		return err
	}
	return j.write(encodeHeader(), nil)
}

// Include adds the replicas of another run directory, typically another machine's shard, to those that Find knows, and
// copies their lines, so that the journal outlives the directory. That is read and not changed; a line still being written
// there is passed over. It returns how many were new.
func (j *Journal) Include(dir string) (int, error) {
	path := filepath.Join(dir, fileName)
	f, err := openOther(dir)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	j.mu.Lock()
	defer j.mu.Unlock()
	before := len(j.done)
	from := encodeHeader() // the kind of machine that lines are from; a journal without a header says nothing of it
	found, err := read(f, path, j.done, func(line []byte, isHeader bool) error {
		if isHeader {
			from = line
			return nil
		}
		return j.write(from, line)
	})
	if err != nil {
		return 0, err
	}
	if !found.ours() {
		return 0, &ForeignError{path, "no line of it is a replica's"}
	}
	j.bad, j.kinds = append(j.bad, found.bad...), append(j.kinds, found.kinds...)
	j.count.Store(int64(len(j.done)))
	return len(j.done) - before, nil
}

// Find returns the finished replica with this key, or nil.
func (j *Journal) Find(k Key) *montecarlo.Replica {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.done[hash(k)]
}

// Len returns how many replicas Find knows, whatever their scenario.
func (j *Journal) Len() int {
	return int(j.count.Load())
}

// Repaired returns the length in bytes of the torn line that Open cut off; 0 if there was none.
func (j *Journal) Repaired() int { return j.repaired }

// Warning says what the file system of the directory lacks; "" if it has all that is needed.
func (j *Journal) Warning() string { return j.lock.warning() }

// Aside returns the name under which Open kept a journal of an older format; "" if there was none.
func (j *Journal) Aside() string { return j.aside }

// Bad returns the lines that Open and Include passed over. Their replicas are not known.
func (j *Journal) Bad() []BadLine { return j.bad }

// Machines returns the kinds of machine (machine.Kind) that the replicas found are from, as far as their files say.
func (j *Journal) Machines() []string {
	slices.Sort(j.kinds)
	return slices.Compact(j.kinds)
}

// Append writes a finished replica. When it returns nil the replica outlives the process; an error (a full disk, a
// directory that was removed) leaves the whole lines as they were.
func (j *Journal) Append(k Key, r *montecarlo.Replica) error {
	line, err := encode(k, r)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return j.broken
	}
	if err := j.write(encodeHeader(), line); err != nil {
		return err
	}
	j.done[hash(k)] = r
	j.count.Store(int64(len(j.done)))
	if now := time.Now(); now.Sub(j.synced) > j.every {
		j.synced = now
		j.broken = j.file.Sync()
	}
	if j.broken == nil {
		j.broken = j.check()
	}
	return j.broken
}

// write appends a line below the header of the machine that it is from.
func (j *Journal) write(header, line []byte) error {
	if !bytes.Equal(header, j.header) {
		line = append(slices.Clone(header), line...)
	}
	if _, err := j.file.Write(line); err != nil {
		// Whatever part of the line is there must not end up in the middle of the file.
		j.broken = errors.Join(err, j.file.Truncate(j.size))
		return j.broken
	}
	j.header = header
	j.size += int64(len(line))
	return nil
}

// Check says whether the replicas still are where they were written; if not it is a *GoneError.
func (j *Journal) Check() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.check()
}

func (j *Journal) check() error {
	own, err := j.file.Stat()
	if err != nil {
		return err
	}
	if now, err := os.Stat(j.path()); err != nil || !os.SameFile(own, now) {
		return &GoneError{j.path()}
	}
	return nil
}

// Close writes everything to the disk and releases the lock.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	var err error
	if j.file != nil {
		err = errors.Join(j.file.Sync(), j.file.Close())
	}
	return errors.Join(err, j.lock.Unlock(), j.root.Close())
}
