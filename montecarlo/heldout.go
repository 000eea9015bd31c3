package montecarlo

import "limitcheck/scenarios"

// A heldOut is as many new samples as there are to train on, at which test quantities are measured where the law of a new
// sample's fields is not known at finite d.
type heldOut struct {
	data   *dataset
	matrix matrix
	r      [][]float64
}

// knowsFields reports whether the fields of a new sample are Gaussian given the weights, at every d.
func knowsFields(s *scenarios.Scenario) bool { return s.Data.Entries == nil }

func (t *trainer) newHeldOut() *heldOut {
	key := t.key.with(forHeldOut)
	z := t.newOperator(key)
	return &heldOut{newDataset(t.scenario, z, t.samples, t.root, t.teacher, key, t.pool), z, newVectors(len(t.w), t.samples)}
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
