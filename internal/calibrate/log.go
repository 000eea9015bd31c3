package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"limitcheck/compare"
)

// A record is what is kept of one verification.
type record struct {
	Study    string             `json:"study"`
	Key      string             `json:"key"`
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
	Mutants  []mutant           `json:"mutants,omitempty"`
	Critical float64            `json:"critical"` // 95 % quantile of max|t|
	Dof      int                `json:"dof"`
	Seconds  float64            `json:"seconds"`
}

// A mutant is an ablated theory confronted with one verification's replicas.
type mutant struct {
	Name    string  `json:"name"`
	PValue  float64 `json:"p"`
	Shift   float64 `json:"shift"`
	Visible bool    `json:"visible"`
	// Separation is the largest |shift|/(standard error) over the points: that of a single point's non-centrality.
	Separation float64 `json:"separation"`
}

// A runs file holds the finished verifications, one a line.
type runs struct {
	mu   sync.Mutex
	file *os.File
	done map[string]map[uint64]record // by study key and seed
}

// openRuns reads what is there; a line torn by a kill is cut off.
func openRuns(path string) (*runs, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	r := &runs{done: map[string]map[uint64]record{}}
	whole := bytes.LastIndexByte(data, '\n') + 1
	lines := bufio.NewScanner(bytes.NewReader(data[:whole]))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var v record
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		r.keep(v)
	}
	if r.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666); err != nil {
		return nil, err
	}
	if err := r.file.Truncate(int64(whole)); err != nil {
		return nil, err
	}
	_, err = r.file.Seek(int64(whole), 0)
	return r, err
}

func (r *runs) keep(v record) {
	if r.done[v.Key] == nil {
		r.done[v.Key] = map[uint64]record{}
	}
	r.done[v.Key][v.Seed] = v
}

func (r *runs) append(v record) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keep(v)
	_, err = r.file.Write(append(line, '\n'))
	return err
}

// firstSeed of every study; the others follow.
const firstSeed = 1001

// complete runs what is missing of the first n verifications of a study and returns all n, in the order of their seeds.
func (r *runs) complete(ctx context.Context, s study, n int) ([]record, error) {
	key := s.key()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	have := len(r.of(key, n))
	if have < n {
		fmt.Printf("%s: %d of %d are done\n", s, have, n)
	}
	for seed := uint64(firstSeed); seed < uint64(firstSeed+n); seed++ {
		if r.has(key, seed) {
			continue
		}
		group.Go(func() error {
			start := time.Now()
			c, err := s.verify(ctx, seed)
			if err != nil {
				return fmt.Errorf("%s, seed %d: %w", s, seed, err)
			}
			v := newRecord(s, c)
			v.Key, v.Seed, v.Seconds = key, seed, time.Since(start).Seconds()
			return r.append(v)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return r.of(key, n), nil
}

func (r *runs) has(key string, seed uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.done[key][seed]
	return ok
}

// of returns the finished ones among the first n.
func (r *runs) of(key string, n int) (list []record) {
	for seed, v := range r.done[key] {
		if seed < uint64(firstSeed+n) {
			list = append(list, v)
		}
	}
	slices.SortFunc(list, func(a, b record) int { return int(a.Seed) - int(b.Seed) })
	return list
}

func newRecord(s study, c *compare.Comparison) record {
	v := record{
		Study: s.String(), PValue: c.PValue, MaxT: c.MaxT, Worst: c.Worst, Joint: c.Joint(), Verdict: c.Verdict,
		Order: c.Model.Order, Dropped: len(c.Model.Dropped), Lack: c.Model.LackOfFit, Critical: c.Critical,
		Dof: (len(c.Dims)-len(c.Model.Dropped))*s.Replicas - c.Model.Order - 1 - c.Controls,
	}
	for _, f := range c.Families {
		if v.Family == nil {
			v.Family = map[string]float64{}
		}
		v.Family[f.Name] = f.PValue
	}
	for i, a := range c.Ablations {
		v.Mutants = append(v.Mutants, mutant{a.Name, a.PValue, a.Shift, a.Visible, separation(c, s.ablated[i])})
	}
	return v
}

// separation is the largest shift of an ablated theory in units of the standard error that its confrontation has, rounding
// included.
func separation(c *compare.Comparison, a compare.Ablated) (largest float64) {
	for t, row := range a.Prediction.Mean {
		for o, v := range row {
			floor := rounding * c.Bounds[o].Scale
			se := math.Sqrt(square(c.Extrapolated.SE[t][o]) + square(a.Prediction.StandardError[t][o]) + floor*floor)
			largest = max(largest, math.Abs(v-c.Theory.Value[t][o])/se)
		}
	}
	return largest
}

// rounding is compare's default for Settings.Rounding.
const rounding = 1e-9

func square(x float64) float64 { return x * x }
