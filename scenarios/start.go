package scenarios

import (
	"math"
	"slices"
)

// checkStart refuses starts from which the weights, or their differences, never move. A method's own noise moves them.
func (s *Scenario) checkStart() error {
	if s.Init.Norm > 0 || s.Method.Optimizer.NoiseScale(0) > 0 {
		return nil
	}
	rows := s.Init.Overlap
	for k, row := range rows {
		if isZeroRow(row) && !s.Student.trains() && s.dead(k) {
			return wrong("init.norm", "must be > 0: with overlap 0 too unit %d starts at 0, where its gradient is 0 whatever "+
				"the label (%s), and stays there for ever", k, s.Student.what())
		}
		for l := range k {
			if slices.Equal(row, rows[l]) && s.alike(l, k) {
				return wrong("init.norm", "must be > 0: units %d and %d start equal, have the same gradient and stay equal for "+
					"ever; different rows of init.overlap or output weights would do too", l, k)
			}
		}
	}
	return nil
}

func isZeroRow(row []float64) bool {
	return !slices.ContainsFunc(row, func(x float64) bool { return x != 0 })
}

// trains reports whether the student has parameters beside its weights that move.
func (s *Student) trains() bool {
	return slices.ContainsFunc(s.Model().Parameters(), func(p Parameter) bool { return p.Rate != nil })
}

// what is the part of the student that gives it its gradient at 0.
func (s *Student) what() string {
	switch _, plain := s.Activation.(identity); {
	case s.Custom != nil:
		return Name(s.Custom)
	case plain || s.Activation == nil:
		return "loss " + Name(s.Loss)
	}
	return "loss " + Name(s.Loss) + " of activation " + Name(s.Activation)
}

// dead reports whether unit k, with the field 0, has the gradient 0 whatever the other fields and the label.
func (s *Scenario) dead(k int) bool {
	return s.everywhere(func(r []float64) { r[k] = 0 }, func(g []float64) bool { return g[k] == 0 })
}

// alike reports whether two units with the same field have the same gradient, whatever the other fields and the label.
func (s *Scenario) alike(k, l int) bool {
	if Random(s.Student.Model()) { // which switches one off and not the other
		return false
	}
	return s.everywhere(func(r []float64) { r[l] = r[k] }, func(g []float64) bool {
		return math.Abs(g[k]-g[l]) <= 1e-12*(math.Abs(g[k])+math.Abs(g[l]))
	})
}

// everywhere reports whether the gradients at the student's start hold at every point of fields, as changed, and label.
func (s *Scenario) everywhere(change func(r []float64), holds func(g []float64) bool) bool {
	model, units := s.Student.Model(), s.Student.Units
	theta, labels := model.Parameters().Start(), s.someLabels()
	g, r, y := make([][]float64, units), make([][]float64, units), make([]float64, 1)
	for k := range g {
		g[k] = make([]float64, 1)
	}
	all := true
	_ = eachGaussian(units, func(x []float64) error {
		point := slices.Clone(x)
		change(point)
		for k := range r {
			r[k] = point[k : k+1]
		}
		gradient := make([]float64, units)
		for _, y[0] = range labels {
			model.Gradients(g, nil, r, theta, y)
			for k := range g {
				gradient[k] = g[k][0]
			}
			all = all && holds(gradient)
		}
		return nil
	})
	return all
}

// someLabels are labels that samples have.
func (s *Scenario) someLabels() (labels []float64) {
	if m := s.Data.Mixture; m != nil {
		return m.Labels
	}
	noise := s.LabelNoise().Quantile(0.7)
	_ = eachGaussian(s.Teacher.Units, func(h []float64) error {
		if y := s.Teacher.Label.Label(h, noise); len(labels) < 16 && !slices.Contains(labels, y) {
			labels = append(labels, y)
		}
		return nil
	})
	return labels
}
