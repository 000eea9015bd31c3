package scenarios

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/mathext"

	"limitcheck/internal/markdown"
	"limitcheck/internal/spec"
)

// An EntryLaw is the law of the independent entries sqrt(d) Z_ij, of mean 0 and variance 1. The theory is that of Gaussian
// entries: what a scenario with others tests is whether the limit is universal.
type EntryLaw interface {
	Entry(u float64) float64 // an entry from a level that is uniform in (0, 1)
}

// entryLaws are the laws of entries that a scenario file can name.
var entryLaws = spec.Registry[EntryLaw]{
	What: "law of entries",
	New: map[string]func() EntryLaw{
		"gaussian":   func() EntryLaw { return gaussianEntries{} },
		"rademacher": func() EntryLaw { return rademacher{} },
		"uniform":    func() EntryLaw { return uniformEntries{} },
		"sparse":     func() EntryLaw { return new(sparseEntries) },
		"student_t":  func() EntryLaw { return new(tEntries) },
	},
}

// gaussianEntries is what a file may call the default.
type gaussianEntries struct{}

func (gaussianEntries) Entry(u float64) float64 { return mathext.NormalQuantile(u) }

type rademacher struct{}

func (rademacher) Formula() string { return "±1 with equal probability" }
func (rademacher) Entry(u float64) float64 {
	if u < 0.5 {
		return -1
	}
	return 1
}

type uniformEntries struct{}

func (uniformEntries) Entry(u float64) float64 { return math.Sqrt(3) * (2*u - 1) }
func (uniformEntries) Formula() string         { return "uniform between $\\pm\\sqrt{3}$" }

// sparseEntries are 0 with probability 1-density, else normal of variance 1/density. Below the density a level is, rescaled,
// again uniform.
type sparseEntries struct{ density float64 }

// Entry implements EntryLaw.
func (s *sparseEntries) Entry(u float64) float64 {
	if u >= s.density {
		return 0
	}
	return mathext.NormalQuantile(u/s.density) / math.Sqrt(s.density)
}

// Formula is the law in words.
func (s *sparseEntries) Formula() string {
	return "0 but for a share of " + markdown.Number(s.density) + ", which is normal of variance " + markdown.Number(1/s.density)
}

// Keys implements spec.Keyed.
func (s *sparseEntries) Keys() spec.Keys {
	return spec.Keys{{Name: "sparse", Value: spec.Number(&s.density, spec.OpenUnit)}}
}

// tEntries are Student's t scaled to variance 1. Moments from the dof-th on are infinite; with four or fewer the largest
// eigenvalue of XᵀX has no limit.
type tEntries struct {
	dof  float64
	once sync.Once
	law  *studentT
}

// Entry implements EntryLaw.
func (t *tEntries) Entry(u float64) float64 {
	t.once.Do(func() { t.law = &studentT{dof: t.dof, scale: math.Sqrt((t.dof - 2) / t.dof)} })
	return t.law.Quantile(u)
}

// Formula is the law in words.
func (t *tEntries) Formula() string {
	return "Student's $t$ with " + markdown.Number(t.dof) + " degrees of freedom, scaled to variance 1"
}

// Keys implements spec.Keyed.
func (t *tEntries) Keys() spec.Keys {
	finite := spec.Range("> 2 (degrees of freedom, for a finite variance)", func(x float64) bool { return x > 2 })
	return spec.Keys{{Name: "student_t", Value: spec.Number(&t.dof, finite)}}
}

// checkEntries refuses laws that are not what the theory is of, and sums that meet the jump of a label: with ±1 in the data
// and in the teacher, h = 0 has the probability sqrt(2/πd), which biases means by d^{-1/2}.
func (s *Scenario) checkEntries() error {
	law := s.Data.Entries
	if law == nil {
		return nil
	}
	if entryLaws.NameOf(law) == "" {
		const levels = 1 << 14
		mean, square := 0.0, 0.0
		for i := range levels {
			x := law.Entry((float64(i) + 0.5) / levels)
			mean, square = mean+x/levels, square+x*x/levels
		}
		if !(math.Abs(mean) < 0.01 && math.Abs(square-1) < 0.05) {
			return wrong("data.entries", "must have mean 0 and variance 1, %s has %.3g and %.3g", Name(law), mean, square-mean*mean)
		}
	}
	if fewValues(law.Entry) && s.latticeTeacher() && s.jumps() {
		return wrong("data.entries", "%s with teacher.weights %s and label %s, which jumps, is not covered: sums of few values "+
			"meet the jump too often", Name(law), Name(s.Teacher.Weights), Name(s.Teacher.Label))
	}
	return nil
}

// fewValues reports whether a law has only a few values beside 0.
func fewValues(value func(u float64) float64) bool {
	const levels = 4096
	values, count := map[float64]bool{}, 0
	for i := range levels {
		if x := value((float64(i) + 0.5) / levels); x != 0 {
			values[x] = true
			count++
		}
	}
	return len(values) < count/2
}

// latticeTeacher reports whether the entries of W* are independent and have a few values.
func (s *Scenario) latticeTeacher() bool {
	w := make([]float64, 1)
	return s.Teacher.Weights.Independent() && fewValues(func(u float64) float64 {
		s.Teacher.Weights.Fill(w, []float64{u})
		return w[0]
	})
}

// jumps reports whether the label may be a discontinuous function of the fields, with no noise that smooths it.
func (s *Scenario) jumps() bool {
	switch s.Teacher.Label.(type) {
	case nil, linearLabel, tanhLabel, reluLabel, quadraticLabel, probitLabel:
		return false
	case signLabel:
		return s.Teacher.Noise == Gaussian(0)
	}
	return true
}
