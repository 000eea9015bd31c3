package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// A LockedError says that another process is writing to the directory.
type LockedError struct {
	Dir    string
	Holder string // who, where that is known
}

// Error names the directory.
func (e *LockedError) Error() string {
	if e.Holder != "" {
		return fmt.Sprintf("%s is in use by another run (%s)", e.Dir, e.Holder)
	}
	return e.Dir + " is in use by another run"
}

// A locker holds a directory for one process.
type locker interface {
	Unlock() error
	warning() string // what is worth to know of how it is held
}

// takeLock locks the directory with flock, which the system releases when a process ends, however it ends. Some file systems
// of clusters have none; there a file that exists while the directory is held has to do.
func takeLock(root *os.Root, dir string) (locker, error) {
	if info, err := root.Lstat(lockName); err == nil && !info.Mode().IsRegular() {
		return nil, &ForeignError{filepath.Join(dir, lockName), "it is not a regular file"}
	}
	lock := flock.New(filepath.Join(dir, lockName), flock.SetPermissions(0o666))
	locked, err := tryFlock(lock)
	switch {
	case err == nil && locked:
		return systemLock{lock}, nil
	case err == nil:
		return nil, &LockedError{Dir: dir}
	case errors.Is(err, syscall.ENOSYS), errors.Is(err, syscall.ENOLCK), errors.Is(err, syscall.EOPNOTSUPP):
		return takeFile(root, dir, err)
	}
	return nil, err
}

// tryFlock is another one in tests.
var tryFlock = (*flock.Flock).TryLock

type systemLock struct{ *flock.Flock }

func (systemLock) warning() string { return "" }

const (
	heldName  = "lock.held"
	heartbeat = 30 * time.Second
	// staleAfter many missed heartbeats a holder is taken to be dead: a server that is slow to answer misses a few.
	staleAfter = 10 * heartbeat
)

// A fileLock is a file with a heartbeat, its time of modification, which tells a holder that died from one that works.
type fileLock struct {
	root *os.Root
	dir  string
	why  error
	text []byte // says who holds it; no other process writes the same
	file *os.File

	stop sync.Once
	quit chan struct{}
	over sync.WaitGroup
}

// takeFile creates the file, or takes over that of a holder who is dead.
func takeFile(root *os.Root, dir string, why error) (*fileLock, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown" // it is for people to read
	}
	l := &fileLock{root: root, dir: dir, why: why, quit: make(chan struct{})}
	l.text = fmt.Appendf(nil, "host %s, pid %d, job %s, since %s\n", host, os.Getpid(), jobName(), time.Now().UTC().Format(time.RFC3339Nano))
	for range 3 {
		if l.file, err = l.create(heldName); err == nil {
			l.over.Go(l.beat)
			return l, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		holder, dead, err := l.holder()
		if err != nil {
			return nil, err
		}
		if !dead || !l.depose(holder) {
			return nil, &LockedError{dir, strings.TrimSpace(string(holder))}
		}
	}
	return nil, &LockedError{Dir: dir}
}

// private is a name that no other process on any host uses.
func private(what string) string {
	return fmt.Sprintf(".%s-%d-%d", what, os.Getpid(), time.Now().UnixNano())
}

func jobName() string {
	if id := os.Getenv("SLURM_JOB_ID"); id != "" {
		return id
	}
	return "none"
}

func (l *fileLock) create(name string) (*os.File, error) {
	f, err := l.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return nil, err
	}
	if _, err = f.Write(l.text); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// holder says who has the file and whether their heart has stopped. Its age is measured by the clock of the file system,
// which all hosts see.
func (l *fileLock) holder() (text []byte, dead bool, err error) {
	info, err := l.root.Stat(heldName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true, nil // just released
	}
	if err != nil {
		return nil, false, err
	}
	if text, err = l.root.ReadFile(heldName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, false, err
	}
	clock := private("clock")
	f, err := l.create(clock)
	if err != nil {
		return nil, false, err
	}
	now, err := f.Stat()
	if err := errors.Join(err, f.Close(), l.root.Remove(clock)); err != nil {
		return nil, false, err
	}
	return text, now.ModTime().Sub(info.ModTime()) > staleAfter, nil
}

// depose removes the file of a dead holder, and only that: if another process was faster, it is theirs.
func (l *fileLock) depose(dead []byte) bool {
	aside := private("lock")
	if err := l.root.Rename(heldName, aside); err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	defer l.root.Remove(aside)
	if text, err := l.root.ReadFile(aside); err == nil && bytes.Equal(text, dead) {
		return true
	}
	_ = l.root.Link(aside, heldName) // theirs again
	return false
}

func (l *fileLock) beat() {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-l.quit:
			return
		case <-tick.C: // a beat that fails is one that is missed
			_, _ = l.file.WriteAt(l.text, 0)
			_ = l.file.Sync()
		}
	}
}

// Unlock implements locker.
func (l *fileLock) Unlock() (err error) {
	l.stop.Do(func() {
		close(l.quit)
		l.over.Wait()
		err = l.file.Close()
		if text, _ := l.root.ReadFile(heldName); bytes.Equal(text, l.text) {
			err = errors.Join(err, l.root.Remove(heldName))
		}
	})
	return err
}

func (l *fileLock) warning() string {
	return fmt.Sprintf("%s: the file system has no locks (%v): the file %s there keeps others out; after a kill it does so for %v more",
		l.dir, l.why, heldName, staleAfter)
}
