package trials

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"limitcheck/compare"
)

// fake is a study whose verifications cost nothing: the p-value is a function of the seed.
func fake(key string, calls *atomic.Int64) Study {
	return Study{Name: "fake", Key: key, First: 7, Verify: func(_ context.Context, seed uint64) (Trial, error) {
		calls.Add(1)
		return Trial{PValue: 1 / float64(seed), Verdict: compare.Agrees}, nil
	}}
}

// What is finished is not made again, whoever asks for more; another key shares nothing; a torn line costs one trial.
func TestLogGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "log.jsonl")
	var calls atomic.Int64
	run := func(key string, n int, made int64) []Trial {
		t.Helper()
		log, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		calls.Store(0)
		s := fake(key, &calls)
		var told []int
		s.Progress = func(done, total int) {
			if told = append(told, done); total != n {
				t.Errorf("a total of %d, expected %d", total, n)
			}
		}
		list, err := log.Complete(t.Context(), s, n)
		if err != nil {
			t.Fatal(err)
		}
		if calls.Load() != made || len(list) != n {
			t.Errorf("%d verifications for %d trials, expected %d for %d", calls.Load(), len(list), made, n)
		}
		if !slices.IsSorted(told) || told[len(told)-1] != n {
			t.Errorf("progress %v", told)
		}
		for i, v := range list {
			if v.Seed != uint64(7+i) || v.PValue != 1/float64(v.Seed) || v.Key != key {
				t.Errorf("trial %d: %+v", i, v)
			}
		}
		return list
	}
	run("a", 5, 5)
	run("a", 3, 0)
	run("a", 8, 3)
	run("b", 2, 2)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text[:len(text)-3], 0o666); err != nil {
		t.Fatal(err)
	}
	run("b", 2, 1)
	run("a", 8, 0)
}

// The first error ends the study, says whose it is, and what was finished before stays.
func TestLogAfterAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.jsonl")
	log, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	var calls atomic.Int64
	s := fake("a", &calls)
	s.Workers = 1
	fine := s.Verify
	s.Verify = func(ctx context.Context, seed uint64) (Trial, error) {
		if seed == 9 {
			return Trial{}, errors.New("no memory")
		}
		return fine(ctx, seed)
	}
	if _, err = log.Complete(t.Context(), s, 10); err == nil || err.Error() != "fake, seed 9: no memory" {
		t.Errorf("got %v", err)
	}
	if log.Len() != 2 {
		t.Errorf("%d trials are kept, expected those before the error: 2", log.Len())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := log.Complete(ctx, s, 10); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}

// A log in use, and a file that is something else, are left alone.
func TestForeignLogs(t *testing.T) {
	dir := t.TempDir()
	log, err := Open(filepath.Join(dir, "log.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(dir, "log.jsonl")); !errors.Is(err, ErrLocked) {
		t.Errorf("a second time: %v", err)
	}
	if err := log.Close(); err != nil {
		t.Error(err)
	}
	path := filepath.Join(dir, "diary")
	const text = "dear diary\ntoday"
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("%s:1: no trial", path)) {
		t.Errorf("a diary: %v", err)
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != text {
		t.Errorf("the diary is now %q", now)
	}
}
