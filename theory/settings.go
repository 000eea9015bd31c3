package theory

import (
	"fmt"
	"math"
	"math/bits"

	"limitcheck/scenarios"
)

// Settings of a computation. The zero value asks for defaults.
type Settings struct {
	Paths       int    // N, sample-side paths, a power of two; 0: chosen by Steps
	Coordinates int    // D, weight-side coordinates of a nonlinear method, a power of two; 0: 65536
	Scramblings int    // R ≥ 8; 0: 8
	Seed        uint64 // of the scramblings
	Sampled     bool   // sweep even where there is a closed form
	Ablation    Ablation
	Probes      bool                  // compute Limit.Probes
	NoKernels   bool                  // leave out Limit.Kernels
	Store       Store                 // of finished scramblings; nil: none are kept
	Progress    func(done, total int) // called after each step of each scrambling; may be nil
}

const (
	// enough points for each direction: as many points as directions would span everything, and leave nothing random; and
	// what a quarter of them gives must still mean something.
	enough = 8
	// plenty of points for each direction: the bias is then inside the standard error.
	plenty = 1024
	// inBatch paths on average: with hardly any, the noise of the batches is missed and no error tells.
	inBatch    = 32
	mostPoints = 1 << 24
)

// biased reports whether there are so few points for the directions that the bias may be larger than the standard error.
func (set Settings) biased(s *scenarios.Scenario) bool {
	paths := !s.Method.Batch.Fresh() && set.Paths < plenty*directions(s)
	return paths || !exactWeights(s) && set.Coordinates < plenty*innovations(s)
}

// raised doubles a default until it is above the least.
func raised(points, least int) int {
	for points < least && points < mostPoints {
		points *= 2
	}
	return points
}

// Coarse is for looking at many problems like s: where the numbers of paths and coordinates are left to Solve, they are few,
// and so are the scramblings. The error that this leaves is in the result.
func (set Settings) Coarse(s *scenarios.Scenario) Settings {
	const few = 4096
	set.Scramblings = 0
	if set.Paths == 0 {
		set.Paths = raised(few, set.least(s, "paths"))
	}
	if set.Coordinates == 0 {
		set.Coordinates = raised(few, set.least(s, "coordinates"))
	}
	return set
}

func powerOfTwo(atMost int) int { return 1 << (bits.Len(uint(max(1, atMost))) - 1) }

// defaultFloats is what the history of the default number of paths may take: 65536 paths of 256 steps.
const defaultFloats = 65536 * 512

// A limit is the least number of points with which a sweep means something.
type limit struct {
	name  string // of the setting
	least int
	why   string
}

// limits of the points of a sweep; none where there is no sweep.
func (set Settings) limits(s *scenarios.Scenario) (list []limit) {
	if !set.sweeps(s) {
		return nil
	}
	steps := fmt.Sprintf("%d for each orthonormal direction of %d steps", enough, s.Method.Steps)
	if !s.Method.Batch.Fresh() {
		list = append(list, limit{"paths", enough * directions(s), steps})
		if b := s.Method.Batch.Size(); b < 1 {
			list = append(list, limit{"paths", int(math.Ceil(inBatch / b)), fmt.Sprintf("%d of them in a batch of fraction %g", inBatch, b)})
		}
	}
	if !exactWeights(s) {
		list = append(list, limit{"coordinates", enough * innovations(s), steps})
	}
	return list
}

// least is the largest of a setting's limits.
func (set Settings) least(s *scenarios.Scenario, name string) (n int) {
	for _, l := range set.limits(s) {
		if l.name == name {
			n = max(n, l.least)
		}
	}
	return n
}

// sweeps reports whether any part of the result comes from the sweep.
func (set Settings) sweeps(s *scenarios.Scenario) bool {
	_, static := s.Method.Minimizer()
	return !static && (set.Probes || !set.closed(s))
}

// closed reports whether the curves come from the closed form.
func (set Settings) closed(s *scenarios.Scenario) bool {
	return set.Ablation == None && !set.Sampled && hasClosedForm(s)
}

func (set Settings) withDefaults(s *scenarios.Scenario) (Settings, error) {
	if _, err := set.Ablation.find(); err != nil {
		return set, err
	}
	if _, static := s.Method.Minimizer(); static && set.Sampled {
		return set, fmt.Errorf("%s: a minimiser has no steps to sweep: its limit is solved as it is", s.Name)
	}
	if set.Paths == 0 {
		columns := 2 * s.Student.Units * s.Method.Steps
		set.Paths = raised(min(65536, max(4096, powerOfTwo(defaultFloats/max(1, columns)))), set.least(s, "paths"))
	}
	if set.Coordinates == 0 {
		set.Coordinates = raised(65536, set.least(s, "coordinates"))
	}
	if set.Scramblings == 0 {
		set.Scramblings = 8
	}
	if set.Progress == nil {
		set.Progress = func(int, int) {}
	}
	value := map[string]int{"paths": set.Paths, "coordinates": set.Coordinates}
	for _, name := range []string{"paths", "coordinates"} {
		if n := value[name]; n < 64 || n > mostPoints || n&(n-1) != 0 {
			return set, fmt.Errorf("theory %s must be a power of two between 64 and 2^24, got %d", name, n)
		}
	}
	for _, l := range set.limits(s) {
		if n := value[l.name]; n < l.least {
			return set, fmt.Errorf("theory %s must be at least %d: %s; got %d", l.name, l.least, l.why, n)
		}
	}
	if set.Scramblings < 2 || set.Scramblings > 4096 {
		return set, fmt.Errorf("theory scramblings must be between 2 and 4096 (8 or more for a usable standard error), got %d", set.Scramblings)
	}
	return set, nil
}

func (set Settings) describe(s *scenarios.Scenario) string {
	text := fmt.Sprintf("causal sweep, %d scramblings of %d paths", set.Scramblings, set.Paths)
	if !exactWeights(s) {
		text += fmt.Sprintf(" and %d coordinates", set.Coordinates)
	}
	return text
}
