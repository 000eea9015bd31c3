package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// withoutLocks makes every file system one without flock, as Lustre is where it was mounted so.
func withoutLocks(t *testing.T, why error) {
	before := tryFlock
	tryFlock = func(*flock.Flock) (bool, error) { return false, &os.PathError{Op: "flock", Path: "lock", Err: why} }
	t.Cleanup(func() { tryFlock = before })
}

// Where the file system has no locks a file keeps others out, says who holds it, and goes with its holder.
func TestFileLock(t *testing.T) {
	for _, why := range []error{syscall.ENOSYS, syscall.ENOLCK, syscall.EOPNOTSUPP} {
		t.Run(why.Error(), func(t *testing.T) {
			withoutLocks(t, why)
			t.Setenv("SLURM_JOB_ID", "4711")
			dir := t.TempDir()
			j := open(t, dir, New)
			if !strings.Contains(j.Warning(), "no locks") {
				t.Errorf("warning %q", j.Warning())
			}
			var locked *LockedError
			if _, err := Open(dir, Resume); !errors.As(err, &locked) ||
				!strings.Contains(err.Error(), fmt.Sprintf("pid %d, job 4711, since ", os.Getpid())) {
				t.Errorf("a second run: %v", err)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			open(t, dir, Resume).Close()
			if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
	withoutLocks(t, syscall.EIO) // any other error is one
	if _, err := Open(t.TempDir(), New); !errors.Is(err, syscall.EIO) {
		t.Errorf("got %v", err)
	}
}

// A holder whose heart has stopped is deposed, by one of several who try at the same time.
func TestFileLockOfTheDead(t *testing.T) {
	withoutLocks(t, syscall.ENOSYS)
	dir := t.TempDir()
	path := filepath.Join(dir, heldName)
	set := func(age time.Duration) {
		if err := os.WriteFile(path, []byte("host far, pid 1, job 7, since then\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		then := time.Now().Add(-age)
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
	}
	set(staleAfter / 2)
	if _, err := Open(dir, New); err == nil || !strings.Contains(err.Error(), "host far, pid 1, job 7") {
		t.Errorf("alive: %v", err)
	}
	set(2 * staleAfter)
	var holders atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if j, err := Open(dir, Resume); err == nil {
				holders.Add(1)
				t.Cleanup(func() { j.Close() })
			}
		})
	}
	wg.Wait()
	if n := holders.Load(); n != 1 {
		t.Errorf("%d hold it, expected one", n)
	}
}
