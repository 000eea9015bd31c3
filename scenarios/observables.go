package scenarios

import "fmt"

// Observables names the reported quantities in order, one column each of both engines' curves:
// overlap ⟨W_k,ΣW*_m⟩, norm ⟨W_k,ΣW_l⟩ (k ≤ l), cosine similarity, train and test loss, and for labels ±1 train and
// test error. One unit: "overlap"; several: "overlap_0_1" is student 0 with teacher 1.
func (s *Scenario) Observables() []string {
	k, m := s.Student.Units, s.Teacher.Units
	names := append(matrixNames("overlap", k, m, k*m > 1, false), matrixNames("norm", k, k, k > 1, true)...)
	names = append(names, matrixNames("cosine", k, m, k*m > 1, false)...)
	names = append(names, "train_loss", "test_loss")
	if s.Binary() {
		names = append(names, "train_error", "test_error")
	}
	return names
}

func matrixNames(name string, rows, columns int, indexed, upper bool) []string {
	if !indexed {
		return []string{name}
	}
	var names []string
	for i := range rows {
		for j := range columns {
			if !upper || j >= i {
				names = append(names, fmt.Sprintf("%s_%d_%d", name, i, j))
			}
		}
	}
	return names
}

// Binary reports whether all labels are -1 or +1.
func (s *Scenario) Binary() bool {
	if s.Data.Mixture == nil {
		return s.Teacher.Label.Binary()
	}
	for _, y := range s.Data.Mixture.Labels {
		if y != 1 && y != -1 {
			return false
		}
	}
	return true
}
