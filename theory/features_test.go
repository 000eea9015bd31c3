package theory

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"codeberg.org/sbinet/npyio/npy"
	"gonum.org/v1/gonum/mat"
)

// With the features of a file the first step of linear regression is known from Σ and W* alone: W_1 = W_0 − ηαΣ(W_0 − W*) + noise of
// the covariance η²α E e² Σ, with W_0 = m W* + ξ.
func TestFirstStepOnFeatures(t *testing.T) {
	const rows, d, alpha, eta, m, norm = 2000, 12, 2, 0.1, 0.3, 0.5
	rng, x := rand.New(rand.NewPCG(1, 2)), mat.NewDense(rows, d, nil)
	for i := range rows {
		common := rng.NormFloat64()
		for j := range d {
			x.Set(i, j, common+float64(1+j)*rng.NormFloat64()/4)
		}
	}
	path := filepath.Join(t.TempDir(), "x.npy")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := npy.Write(file, x); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	s := parse(t, fmt.Sprintf(`
data: {alpha: %d, features: %s}
teacher: {label: linear}
student: {loss: square}
method: {kind: sgd, learning_rate: %g, steps: 2}
init: {overlap: %g, norm: %g}`, alpha, path, eta, m, norm))
	limit := solve(t, s, exactSettings())
	w := s.FixedTeacher()[0]
	f, err := s.Features()
	if err != nil {
		t.Fatal(err)
	}
	var sigma, square mat.SymDense
	z := mat.NewDense(rows, d, nil)
	for i := range rows {
		z.SetRow(i, f.Row(i))
	}
	sigma.SymOuterK(1.0/rows, z.T())
	square.SymOuterK(1, &sigma)
	v := mat.NewVecDense(d, w)
	rho, rho2 := mat.Inner(v, &sigma, v)/d, mat.Inner(v, &square, v)/d
	trace2 := mat.Trace(&square) / d
	var cube mat.Dense
	cube.Mul(&sigma, &square)
	rho3, trace3 := mat.Inner(v, &cube, v)/d, mat.Trace(&cube)/d
	within(t, "overlap", 0, limit.Mean[0][0], 0, m*rho)
	within(t, "norm", 0, limit.Mean[0][1], 0, m*m*rho+norm)
	error2 := (m-1)*(m-1)*rho + norm
	overlap := m*rho - eta*alpha*(m-1)*rho2
	size := m*m*rho + norm - 2*eta*alpha*(m*(m-1)*rho2+norm*trace2) + eta*eta*alpha*alpha*((m-1)*(m-1)*rho3+norm*trace3) +
		eta*eta*alpha*error2*trace2
	within(t, "overlap", 1, limit.Mean[1][0], limit.StandardError[1][0], overlap)
	within(t, "norm", 1, limit.Mean[1][1], limit.StandardError[1][1], size)
}
