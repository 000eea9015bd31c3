package montecarlo

import (
	"slices"

	"limitcheck/scenarios"
)

// A heldOut is new samples, at which is measured what the law of a new sample's fields would say if it were known: test
// quantities and, with the features of a file, the overlaps.
type heldOut struct {
	data   *dataset
	matrix matrix
	r      [][]float64
}

// knowsFields reports whether the fields of a new sample are Gaussian given the weights, at every d.
func knowsFields(s *scenarios.Scenario) bool { return s.Data.Entries == nil && s.Data.Features == "" }

// heldOutSize is the number of new samples: as many as there are to train on, and of a file's rows, of which there are enough,
// four times as many.
func heldOutSize(s *scenarios.Scenario, samples int) int {
	if s.Data.Features != "" {
		return 4 * samples
	}
	return samples
}

func (t *trainer) newHeldOut() *heldOut {
	key, n := t.key.with(forHeldOut), heldOutSize(t.scenario, t.samples)
	z := t.newOperator(key, n)
	return &heldOut{newDataset(t.scenario, z, n, t.root, t.teacher, key, t.pool), z, newVectors(len(t.w), n)}
}

// free gives the memory back.
func (h *heldOut) free() {
	if h != nil {
		h.matrix.free()
	}
}

// test is the risk on new samples.
func (t *trainer) test() scenarios.Risk {
	if t.heldOut == nil {
		return t.population.risk(t.means(t.seen()), t.theta)
	}
	t.heldOut.data.fields(t.heldOut.r, t.seen())
	return t.risk(t.heldOut.r, t.heldOut.data.y)
}

// pickRows draws, of a file's rows, those to train on and then those held out: all different.
func (t *trainer) pickRows(f *scenarios.Features) {
	rows, _ := f.Shape()
	stream := t.key.stream(forMatrix)
	moved := map[int]int{} // of a permutation of all rows, what is not where it was
	at := func(i int) int {
		if j, ok := moved[i]; ok {
			return j
		}
		return i
	}
	for i := range t.samples + heldOutSize(t.scenario, t.samples) {
		j := i + stream.IntN(rows-i)
		t.picked = append(t.picked, at(j))
		moved[j] = at(i)
	}
}

// rowsOf is the matrix of the rows that are picked for n samples, the first or those held out.
func (t *trainer) rowsOf(f *scenarios.Features, n int) matrix {
	if t.picked == nil {
		t.pickRows(f)
	}
	picked := t.picked[:t.samples]
	if n != t.samples {
		picked = t.picked[t.samples:]
	}
	_, d := f.Shape()
	return rowsDense(n, d, func(i int) []float64 { return f.Row(picked[i]) }, t.pool, t.set.Float32)
}

// covariance is the lower triangle of that of the fields (h, r) at the weights: of held-out rows where it is known no other way.
func (t *trainer) covariance(rooted [][]float64) [][]float64 {
	if t.scenario.Data.Features == "" {
		return gram(slices.Concat(t.rootedTeacher, rooted))
	}
	return gram(slices.Concat(t.heldOut.data.h, rooted))
}
