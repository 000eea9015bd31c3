package harness_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npy"
	"gonum.org/v1/gonum/mat"

	"limitcheck/compare"
	"limitcheck/harness"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// A file of Gaussian rows at one d agrees with the theory of its covariance or lacks the rows to say so, but does not contradict
// it; the report says how far its halves are apart. Without the drift of the teacher it does.
func TestFeaturesOfAFile(t *testing.T) {
	const rows, d = 16000, 40
	rng, x := rand.New(rand.NewPCG(1, 2)), mat.NewDense(rows, d, nil)
	for i := range rows {
		common := rng.NormFloat64()
		for j := range d {
			x.Set(i, j, 1+common/2+rng.NormFloat64()*float64(20+j)/40)
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
	s, err := scenarios.Parse("x.yaml", []byte(fmt.Sprintf(`name: features
data: {alpha: 2, features: %s}
teacher: {label: linear, noise: 0.3}
student: {loss: square}
method: {kind: sgd, learning_rate: 0.1, ridge: 0.5, steps: 4}
experiment: {replicas: 100}`, path)))
	if err != nil {
		t.Fatal(err)
	}
	result, err := harness.Verify(t.Context(), s, harness.Settings{
		Theory: theory.Settings{Paths: 4096, Scramblings: 8}, Ablations: []theory.Ablation{"no-teacher-drift"},
		Comparison: compare.Settings{Resamples: 2000},
	})
	if err != nil {
		t.Fatal(err)
	}
	if c := result.Comparison; c.Verdict == compare.Disagrees || c.PValue < 0.001 {
		t.Errorf("%s, p = %g", c.Verdict, c.PValue)
	}
	if rejected, visible := result.Rejected(); rejected == 0 || visible == 0 {
		t.Errorf("rejects %d of %d wrong theories", rejected, visible)
	}
	found := false
	for _, note := range result.Comparison.Notes {
		found = found || strings.Contains(note.Text, "16000 rows of 40 numbers, effective rank")
	}
	if !found {
		t.Errorf("no note of the file in %v", result.Comparison.Notes)
	}
}
