package scenarios

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"limitcheck/internal/formula"
)

// checkDerivatives compares the gradients of losses and activations that are formulas or Go types with differences of their
// values, at labels that the scenario's samples have: a wrong one would agree with itself in both engines.
func (s *Scenario) checkDerivatives() error {
	if s.Student.Custom != nil {
		return s.checkModel()
	}
	loss, activation := s.Student.Loss, s.Student.Activation
	_, isFormula := loss.(*expressionLoss)
	if _, ofFields := fieldLoss(loss); !ofFields && (isFormula || losses.NameOf(loss) == "") {
		if err := formula.CheckGradient(loss.Value, loss.Gradient, s.someLabels()); err != nil {
			return wrong("student.loss", "%v", err)
		}
	}
	if activation != nil && activations.NameOf(activation) == "" {
		if err := formula.CheckDerivative(activation.Value, activation.Derivative); err != nil {
			return wrong("student.activation", "%v", err)
		}
	}
	return nil
}

// checkModel is the same for a student that is a Go type: gradients in one field after the other, and slopes in its
// parameters where they start.
func (s *Scenario) checkModel() error {
	p := newModelProbe(s)
	labels := s.someLabels()
	for k := range p.r {
		value := func(x, y float64) float64 { return p.loss(p.at(k, x), y) }
		gradient := func(x, y float64) float64 {
			p.loss(p.at(k, x), y)
			p.model.Gradients(p.g, p.slopes, p.r, p.theta, p.y)
			return p.g[k][0]
		}
		if err := formula.CheckGradient(value, gradient, labels); err != nil {
			return wrong("student", "%s, in field f = r[%d]: %v", Name(s.Student.Custom), k, err)
		}
	}
	return p.checkSlopes(labels)
}

// A modelProbe is one sample of a model.
type modelProbe struct {
	model        Model
	theta        []float64
	r, g, slopes [][]float64
	y            []float64
}

func newModelProbe(s *Scenario) *modelProbe {
	p := &modelProbe{model: s.Student.Custom, y: []float64{0}}
	p.theta = p.model.Parameters().Start()
	for range s.Student.Units {
		p.r, p.g = append(p.r, []float64{0}), append(p.g, []float64{0})
	}
	for range p.theta {
		p.slopes = append(p.slopes, []float64{0})
	}
	return p
}

// at puts x into field k and irregular values into the others.
func (p *modelProbe) at(k int, x float64) [][]float64 {
	for j := range p.r {
		p.r[j][0] = []float64{0.41, -0.73, 1.17, -0.29}[(j+k)%4]
	}
	p.r[k][0] = x
	return p.r
}

func (p *modelProbe) loss(r [][]float64, y float64) float64 {
	loss := []float64{0}
	p.y[0] = y
	p.model.Evaluate(loss, nil, r, p.theta, p.y)
	return loss[0]
}

// checkSlopes allows a twentieth of the points to sit on kinks.
func (p *modelProbe) checkSlopes(labels []float64) error {
	const step, points = 1e-5, 40
	for j, name := range p.model.Parameters() {
		misses, first := 0, error(nil)
		for _, y := range labels {
			for i := range points {
				r := p.at(i%len(p.r), 3*(2*math.Mod(float64(i+1)*math.Phi, 1)-1))
				start := p.theta[j]
				p.theta[j] = start + step
				above := p.loss(r, y)
				p.theta[j] = start - step
				below := p.loss(r, y)
				p.theta[j] = start
				p.model.Gradients(p.g, p.slopes, r, p.theta, p.y)
				got, want := p.slopes[j][0], (above-below)/(2*step)
				if math.Abs(got-want) <= 1e-4*(1+math.Abs(got)+math.Abs(want)) {
					continue
				}
				if misses++; first == nil {
					first = wrong("student", "the slope in parameter %s is not the derivative of the loss: at r[0] = %.4g, "+
						"y = %.4g it is %.6g, but central differences give %.6g", name.Name, r[0][0], y, got, want)
				}
			}
		}
		if 20*misses > points*len(labels) {
			return first
		}
	}
	return nil
}

// checkMethod tries a method that is a Go type on random vectors: a step that is called linear must commute with a change
// of basis, since the theory may hand it coefficients in the place of weights; one that is called separable with a
// permutation of the entries; and it must leave what it reads and give finite numbers.
func (s *Scenario) checkMethod() (err error) {
	o := s.Method.Optimizer
	if optimizers.NameOf(o) != "" {
		return nil
	}
	defer func() {
		if problem := recover(); problem != nil {
			err = wrong("method", "%s cannot step from random vectors: %v", Name(o), problem)
		}
	}()
	const size, tries = 6, 8
	rng := rand.New(rand.NewPCG(1, 1))
	normals := func(n int) []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = rng.NormFloat64()
		}
		return v
	}
	for try := range tries {
		t := try % min(3, s.Method.Steps)
		move := trial(o, t, s.Student.Units, func() []float64 { return normals(size) })
		before := move.mapped(slices.Clone)
		o.Step(move)
		if err := untouched(o, before, move); err != nil {
			return err
		}
		order := rng.Perm(size)
		permute := func(v []float64) []float64 {
			p := make([]float64, size)
			for i, j := range order {
				p[i] = v[j]
			}
			return p
		}
		if o.Separable() && !commutes(o, before, permute, func(a, b []float64) float64 { return before.Inner(a, b) }) {
			return wrong("method", "%s says that it is separable, but its step at t = %d does not commute with a permutation "+
				"of the entries", Name(o), t)
		}
		basis := make([][]float64, size)
		for k := range basis {
			basis[k] = normals(size + 2)
		}
		combine := func(c []float64) []float64 {
			v := make([]float64, size+2)
			for k, x := range c {
				for i := range v {
					v[i] += x * basis[k][i]
				}
			}
			return v
		}
		ofCombined := func(a, b []float64) float64 { return meanInner(combine(a), combine(b)) }
		if o.Linear() && !commutes(o, before, combine, ofCombined) {
			return wrong("method", "%s says that it is linear, but its step at t = %d is no linear combination of its "+
				"arguments", Name(o), t)
		}
	}
	return nil
}

func meanInner(a, b []float64) (sum float64) {
	for i, x := range a {
		sum += x * b[i] / float64(len(a))
	}
	return sum
}

// trial is a move of random vectors, P at the look-ahead.
func trial(o Optimizer, t, units int, draw func() []float64) Move {
	all := func() (list [][]float64) {
		for range units {
			list = append(list, draw())
		}
		return list
	}
	m := Move{T: t, Inner: meanInner, Next: all(), W: all(), Previous: all(), P: all(), U: all()}
	for k, p := range m.P {
		for i := range p {
			p[i] = m.W[k][i] + o.LookAhead(t)*(m.W[k][i]-m.Previous[k][i])
		}
	}
	if o.NoiseScale(t) > 0 {
		m.Noise = all()
	}
	for range units {
		var state [][]float64
		for range o.States() {
			v := draw()
			for i, x := range v {
				v[i] = math.Abs(x) // what a method keeps may be squares
			}
			state = append(state, v)
		}
		m.State = append(m.State, state)
	}
	return m
}

// mapped is the move with every vector mapped.
func (m Move) mapped(f func(v []float64) []float64) Move {
	all := func(vectors [][]float64) (out [][]float64) {
		for _, v := range vectors {
			out = append(out, f(v))
		}
		return out
	}
	out := Move{T: m.T, Next: all(m.Next), W: all(m.W), Previous: all(m.Previous), P: all(m.P), U: all(m.U), Noise: all(m.Noise), Inner: m.Inner}
	for _, state := range m.State {
		out.State = append(out.State, all(state))
	}
	return out
}

// commutes reports whether the step of mapped vectors is the mapped step, with the inner product that the vectors have
// when they are mapped.
func commutes(o Optimizer, m Move, f func(v []float64) []float64, inner func(a, b []float64) float64) bool {
	plain, mapped := m.mapped(slices.Clone), m.mapped(f)
	plain.Inner = inner
	o.Step(plain)
	o.Step(mapped)
	for k, next := range plain.Next {
		for i, x := range f(next) {
			if !(math.Abs(x-mapped.Next[k][i]) <= 1e-8*(1+math.Abs(x))) {
				return false
			}
		}
	}
	return true
}

// untouched is an error unless a step left what it reads and wrote finite numbers.
func untouched(o Optimizer, before, after Move) error {
	for _, c := range []struct {
		what          string
		before, after [][]float64
	}{
		{"W", before.W, after.W}, {"Previous", before.Previous, after.Previous}, {"P", before.P, after.P}, {"U", before.U, after.U},
		{"Noise", before.Noise, after.Noise},
	} {
		if fmt.Sprint(c.before) != fmt.Sprint(c.after) {
			return wrong("method", "%s changes Move.%s, which a step only reads", Name(o), c.what)
		}
	}
	for _, next := range after.Next {
		for _, x := range next {
			if !finite(x) {
				return wrong("method", "%s steps from standard normal vectors to %g at t = %d", Name(o), x, after.T)
			}
		}
	}
	return nil
}
