package scenarios

import (
	"math"
	"strings"
	"testing"
)

func dropout(keep float64) dropped {
	s := Student{
		Units: 2, Loss: square{}, Activation: tanh{}, OutputWeights: []float64{0.8, -0.5}, Biases: []float64{0.3, -0.1}, Offset: 0.2,
		OutputWeightRate: Constant(1), BiasRate: Constant(1), OffsetRate: Constant(1), Dropout: &Dropout{keep},
	}
	return s.Model().(dropped)
}

// At a level that decides for some units, gradients are those of the committee without the others and with the rest of
// the output weights divided by keep, by differences of its loss: their error is below 1e-9, h² times third derivatives of
// order one and rounding of 1e-16/h, h = 1e-5.
func TestDropoutGradients(t *testing.T) {
	const keep, h = 0.7, 1e-5
	d := dropout(keep)
	theta, y := d.Parameters().Start(), []float64{0.4}
	for level, on := range map[float64][2]float64{
		0.7*0.7 - 1e-6: {1, 1}, 0.7*0.7 + 1e-6: {1, 0}, 0.7 + 0.3*0.7 - 1e-6: {0, 1}, 0.7 + 0.3*0.7 + 1e-6: {0, 0},
	} {
		loss := func(r, theta []float64) float64 {
			f := theta[4]
			for k := range r {
				f += on[k] / keep * theta[k] * math.Tanh(r[k]+theta[2+k])
			}
			return (f - y[0]) * (f - y[0]) / 2
		}
		difference := func(x *float64, value func() float64) float64 {
			*x += h
			above := value()
			*x -= 2 * h
			below := value()
			*x += h
			return (above - below) / (2 * h)
		}
		r := []float64{0.6, -0.9}
		g, slopes := [][]float64{{0}, {0}}, [][]float64{{0}, {0}, {0}, {0}, {0}}
		d.RandomGradients(g, slopes, [][]float64{{r[0]}, {r[1]}}, theta, y, []float64{level})
		value := func() float64 { return loss(r, theta) }
		for k := range r {
			if want := difference(&r[k], value); math.Abs(g[k][0]-want) > 1e-9 {
				t.Errorf("level %g: g_%d = %g, want %g", level, k, g[k][0], want)
			}
		}
		for j := range theta {
			if want := difference(&theta[j], value); math.Abs(slopes[j][0]-want) > 1e-9 {
				t.Errorf("level %g: slope %d = %g, want %g", level, j, slopes[j][0], want)
			}
		}
	}
}

// Over equally spaced levels units are on with probability keep and independently: each of 16 patterns of four units has an
// interval of levels, whose length is counted to one level.
func TestDropoutIsIndependent(t *testing.T) {
	const keep, n = 0.8, 1 << 16
	d, on, counts := dropout(keep), make([]float64, 4), map[[4]float64]float64{}
	for i := range n {
		d.draw(on, (float64(i)+0.5)/n)
		counts[[4]float64(on)]++
	}
	for pattern, count := range counts {
		want := 1.0
		for _, x := range pattern {
			if x == 0 {
				want *= 1 - keep
			} else if want *= keep; x != 1/keep {
				t.Errorf("a unit is on with %g", x)
			}
		}
		if math.Abs(count-n*want) > 1.001 {
			t.Errorf("%v has %g of %d levels, want %g", pattern, count, n, n*want)
		}
	}
	if len(counts) != 16 {
		t.Errorf("%d patterns", len(counts))
	}
}

// keep: 1 is no dropout, and where there are no hidden units there is nothing to drop.
func TestDropoutInFiles(t *testing.T) {
	const file = "name: a\ndata: {alpha: 2}\nteacher: {units: %M, label: %L}\nstudent: {%S}\nmethod: {kind: sgd, learning_rate: 0.1, steps: 2}"
	text := func(student, label, units string) []byte {
		return []byte(strings.NewReplacer("%S", student, "%L", label, "%M", units).Replace(file))
	}
	hash := func(student string) string {
		s, err := Parse("x.yaml", text(student, "linear", "1"))
		if err != nil {
			t.Fatal(err)
		}
		return s.Hash()
	}
	const plain = "loss: square, activation: tanh"
	if hash(plain) != hash(plain+", dropout: {keep: 1}") || hash(plain) == hash(plain+", dropout: {keep: 0.5}") {
		t.Error("hashes with and without dropout")
	}
	for _, c := range []struct{ student, label, units, want string }{
		{plain + ", dropout: {keep: 0}", "linear", "1", "x.yaml:4:59: student.dropout.keep: must be in (0, 1], got 0"},
		{plain + ", dropout: {}", "linear", "1", "x.yaml:4:52: student.dropout.keep: required, but missing"},
		{plain + ", units: 17, dropout: {keep: 0.5}", "linear", "1", "x.yaml:4:50: student.units: must be at most 16 with dropout, got 17"},
		{"units: 2, loss: cross-entropy, dropout: {keep: 0.5}", "argmax", "2", "x.yaml:4:51: student.dropout: not with loss cross-entropy, " +
			"which is of the fields r_k + b_k themselves"},
	} {
		if _, err := Parse("x.yaml", text(c.student, c.label, c.units)); err == nil || err.Error() != c.want {
			t.Errorf("%s\n got %v\nwant %s", c.student, err, c.want)
		}
	}
}
