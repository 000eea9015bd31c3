// Package trials repeats a verification with fresh seeds and counts what it says, so that a verdict's own promises are
// measured: how often a right theory is rejected, and the law of the p-values.
package trials

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"limitcheck/compare"
)

// A Trial is what is kept of one verification.
type Trial struct {
	Study    string             `json:"study"`
	Key      string             `json:"key"` // of everything that the outcome depends on but the seed and the program
	Seed     uint64             `json:"seed"`
	PValue   float64            `json:"p"` // of the curves
	MaxT     float64            `json:"t"`
	Worst    compare.Point      `json:"worst"`
	Joint    float64            `json:"joint"` // Holm over the curves and the families
	Verdict  compare.Verdict    `json:"verdict"`
	Order    int                `json:"order"`
	Dropped  int                `json:"dropped"` // smallest dims left out of the extrapolation
	Lack     float64            `json:"lack"`    // p-value of the next power of 1/d
	Family   map[string]float64 `json:"families,omitempty"`
	Mutants  []Mutant           `json:"mutants,omitempty"`
	Critical float64            `json:"critical"` // 95 % quantile of max|t|
	Dof      int                `json:"dof"`
	Seconds  float64            `json:"seconds"`
}

// A Mutant is an ablated theory confronted with one verification's replicas.
type Mutant struct {
	Name    string  `json:"name"`
	PValue  float64 `json:"p"`
	Shift   float64 `json:"shift"`
	Visible bool    `json:"visible"`
	// Separation is the largest |shift|/(standard error) over the points: that of a single point's non-centrality.
	Separation float64 `json:"separation"`
}

// New is a trial of a comparison.
func New(c *compare.Comparison) Trial {
	v := Trial{
		PValue: c.PValue, MaxT: c.MaxT, Worst: c.Worst, Joint: c.Joint(), Verdict: c.Verdict,
		Order: c.Model.Order, Dropped: len(c.Model.Dropped), Lack: c.Model.LackOfFit, Critical: c.Critical,
	}
	for _, f := range c.Families {
		if v.Family == nil {
			v.Family = map[string]float64{}
		}
		v.Family[f.Name] = f.PValue
	}
	return v
}

// A Log holds finished trials, one a line of a file.
type Log struct {
	mu   sync.Mutex
	file *os.File
	lock *flock.Flock
	done map[string]map[uint64]Trial // by key and seed
}

// ErrLocked says that another process has the log open.
var ErrLocked = errors.New("is in use by another process")

// Open reads what is there; a line torn by a kill is cut off. Errors: of the file system, ErrLocked, or a line that is no
// trial, with which nothing is changed.
func Open(path string) (*Log, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, err
	}
	l := &Log{lock: flock.New(path, flock.SetPermissions(0o666)), done: map[string]map[uint64]Trial{}}
	locked, err := l.lock.TryLock()
	if err == nil && !locked {
		err = fmt.Errorf("%s %w", path, ErrLocked)
	}
	if err != nil {
		return nil, err
	}
	if err := l.open(path); err != nil {
		return nil, errors.Join(err, l.lock.Close())
	}
	return l, nil
}

func (l *Log) open(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	whole := bytes.LastIndexByte(data, '\n') + 1
	lines := bufio.NewScanner(bytes.NewReader(data[:whole]))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var v Trial
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			return fmt.Errorf("%s:%d: no trial: %w", path, n, err)
		}
		l.keep(v)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if l.file, err = os.OpenFile(path, os.O_RDWR, 0o666); err != nil {
		return err
	}
	if err = l.file.Truncate(int64(whole)); err == nil {
		_, err = l.file.Seek(int64(whole), io.SeekStart)
	}
	if err != nil {
		return errors.Join(err, l.file.Close())
	}
	return nil
}

// Close closes the file, for others to open.
func (l *Log) Close() error { return errors.Join(l.file.Close(), l.lock.Close()) }

func (l *Log) keep(v Trial) {
	if l.done[v.Key] == nil {
		l.done[v.Key] = map[uint64]Trial{}
	}
	l.done[v.Key][v.Seed] = v
}

func (l *Log) append(v Trial) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keep(v)
	_, err = l.file.Write(append(line, '\n'))
	return err
}

// A Study is one kind of verification, repeated with the seeds First, First + 1, ….
type Study struct {
	Name, Key string
	First     uint64
	Workers   int // trials at a time; 0: one a core
	Verify    func(ctx context.Context, seed uint64) (Trial, error)
	Progress  func(done, total int) // may be nil; not called concurrently
}

// Complete runs what is missing of the first n trials of a study and returns all n, in the order of their seeds.
func (l *Log) Complete(ctx context.Context, s Study, n int) ([]Trial, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.Workers)
	if s.Workers <= 0 {
		group.SetLimit(runtime.GOMAXPROCS(0))
	}
	var telling sync.Mutex
	done := len(l.of(s, n))
	tell := func(more int) {
		telling.Lock()
		defer telling.Unlock()
		if done += more; s.Progress != nil {
			s.Progress(done, n)
		}
	}
	tell(0)
	for seed := s.First; seed < s.First+uint64(n); seed++ {
		if l.has(s.Key, seed) {
			continue
		}
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			start := time.Now()
			v, err := s.Verify(ctx, seed)
			if err != nil {
				return fmt.Errorf("%s, seed %d: %w", s.Name, seed, err)
			}
			v.Study, v.Key, v.Seed, v.Seconds = s.Name, s.Key, seed, time.Since(start).Seconds()
			defer tell(1)
			return l.append(v)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return l.of(s, n), nil
}

// Len is the number of finished trials, of all studies.
func (l *Log) Len() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, list := range l.done {
		n += len(list)
	}
	return n
}

func (l *Log) has(key string, seed uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.done[key][seed]
	return ok
}

// of returns the finished ones among the first n.
func (l *Log) of(s Study, n int) (list []Trial) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for seed, v := range l.done[s.Key] {
		if seed >= s.First && seed < s.First+uint64(n) {
			list = append(list, v)
		}
	}
	slices.SortFunc(list, func(a, b Trial) int { return cmp.Compare(a.Seed, b.Seed) })
	return list
}
