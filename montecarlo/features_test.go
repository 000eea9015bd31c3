package montecarlo

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npy"
	"gonum.org/v1/gonum/mat"

	"limitcheck/scenarios"
)

// Rows are drawn without replacement, those held out are others, and another replica has others; the matrix holds just them. The
// conditioning engine says that it has none.
func TestRowsOfFeatures(t *testing.T) {
	const rows, d = 600, 10
	rng, x := rand.New(rand.NewPCG(1, 2)), mat.NewDense(rows, d, nil)
	for i := range rows {
		for j := range d {
			x.Set(i, j, rng.NormFloat64())
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
	s, err := scenarios.Parse("x.yaml", []byte(fmt.Sprintf(`name: a
data: {alpha: 2, features: %s}
teacher: {label: linear}
student: {loss: square}
method: {kind: sgd, learning_rate: 0.1, steps: 2}`, path)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Features()
	if err != nil {
		t.Fatal(err)
	}
	train := func(index int) *trainer {
		return newTrainer(s, streamKey{uint64(index)}, Job{d, index}, Dense, Settings{Workers: 1})
	}
	run := train(0)
	picked := slices.Clone(run.picked)
	slices.Sort(picked)
	if n := len(slices.Compact(picked)); n != 20+80 || picked[0] < 0 || picked[n-1] >= rows {
		t.Errorf("%d different rows, from %d to %d", n, picked[0], picked[n-1])
	}
	if slices.Equal(run.picked, train(1).picked) {
		t.Error("two replicas have the same rows")
	}
	// X w and what is held out, against the rows themselves.
	w, fields := [][]float64{run.teacher[0]}, newVectors(1, 20)
	run.data.fields(fields, w)
	for i, row := range run.picked {
		got := run.heldOut.data.h[0]
		at := i - 20
		if i < 20 {
			got, at = fields[0], i
		}
		want := 0.0
		for j, x := range f.Row(row) {
			want += x * w[0][j]
		}
		compareClosely(t, [][]float64{{got[at]}}, [][]float64{{want / 3.1622776601683795}}, 1e-12)
	}
	_, err = Simulate(t.Context(), s, Job{Dim: d}, Settings{Engine: Conditioning})
	if err == nil || !strings.Contains(err.Error(), "the conditioning engine has no data.features") {
		t.Error(err)
	}
}
