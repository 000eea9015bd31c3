package theory

import (
	"slices"
	"time"

	"limitcheck/scenarios"
)

// A Store keeps the finished parts of limits, so that a long computation can be taken up again and none is done twice.
// Its methods may be called from several goroutines.
type Store interface {
	// Find returns the part with this key, or nil.
	Find(Key) *Part
	// Append keeps a part. It is called as soon as the part is finished; an error ends the computation.
	Append(Key, *Part) error
}

// A Key is everything that determines a part's values.
type Key struct {
	Hash               string // scenarios.Scenario.Hash
	Seed               uint64 // 0 in closed form, and so are paths and coordinates
	Paths, Coordinates int
	Scrambling         int // counted from 0; ClosedForm
	Ablation           Ablation
	Probes, Kernels    bool // whether the part holds them
}

// ClosedForm stands in the place of a scrambling's number.
const ClosedForm = -1

// A Part is one scrambling of a limit, or all of its closed form.
type Part struct {
	Curve   [][]float64 // [t][observable]
	Probes  []float64   // nil: none
	Kernels [][]float64 // entries of the correlation and of both responses, as NewKernel orders them; nil: none
	Seconds float64     // that it took
}

// key is that of a scrambling.
func (set Settings) key(s *scenarios.Scenario, scrambling int) Key {
	k := Key{Hash: s.Hash(), Scrambling: scrambling, Ablation: set.Ablation, Kernels: set.kernels(s)}
	if scrambling != ClosedForm {
		k.Seed, k.Paths, k.Coordinates, k.Probes = set.Seed, set.Paths, set.Coordinates, set.Probes
	}
	return k
}

// part is a scrambling's, from the store or computed and stored. skipped is called if it need not be computed.
func (set Settings) part(s *scenarios.Scenario, scrambling int, compute func() (*Part, error), skipped func()) (*Part, error) {
	if set.Store == nil {
		return compute()
	}
	key := set.key(s, scrambling)
	if p := set.Store.Find(key); p != nil && p.fits(s, key) {
		skipped()
		return p.own(), nil
	}
	start := time.Now()
	p, err := compute()
	if err != nil {
		return nil, err
	}
	p.Seconds = time.Since(start).Seconds()
	return p.own(), set.Store.Append(key, p)
}

// own is a part whose numbers may be changed, but for the kernels'.
func (p *Part) own() *Part {
	o := &Part{Probes: slices.Clone(p.Probes), Kernels: p.Kernels, Seconds: p.Seconds}
	for _, row := range p.Curve {
		o.Curve = append(o.Curve, slices.Clone(row))
	}
	return o
}

// fits reports whether a part has the shape that the scenario asks for: a store may be older than an observable.
func (p *Part) fits(s *scenarios.Scenario, key Key) bool {
	if len(p.Curve) != s.Method.Steps+1 {
		return false
	}
	for _, row := range p.Curve {
		if len(row) != len(s.Observables()) {
			return false
		}
	}
	probes := 0
	if key.Probes {
		for _, f := range s.Probes().Families() {
			probes += len(f.Entries)
		}
	}
	if len(p.Probes) != probes || len(p.Kernels) > 0 != key.Kernels {
		return false
	}
	points, steps := (s.Method.Steps+1)*s.Student.Units, s.Method.Steps*s.Student.Units
	want := []int{points * points, steps * steps, steps * steps}
	return !key.Kernels || slices.EqualFunc(p.Kernels, want, func(data []float64, n int) bool { return len(data) == n })
}
