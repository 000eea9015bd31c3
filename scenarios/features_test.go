package scenarios

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npy"
	"gonum.org/v1/gonum/mat"
)

// featureFile writes rows of Gaussian numbers of which column j has the mean j and the standard deviation 1 + j.
func featureFile(t *testing.T, name string, rows, d int, seed uint64) string {
	t.Helper()
	rng, x := rand.New(rand.NewPCG(seed, 1)), mat.NewDense(rows, d, nil)
	for i := range rows {
		for j := range d {
			x.Set(i, j, float64(j)+float64(1+j)*rng.NormFloat64())
		}
	}
	path := filepath.Join(t.TempDir(), name)
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
	return path
}

const featureText = `name: a
data: {alpha: 2, features: %s}
teacher: {label: linear}
student: {loss: square}
method: {kind: sgd, learning_rate: 0.1, steps: 2}`

func parseFeatures(path string) (*Scenario, error) {
	return Parse("x.yaml", []byte(fmt.Sprintf(featureText, path)))
}

// The rows are centred, tr Σ = d, the spectrum is that of the rows, and the modes of the teacher are those of Σ:
// Σ_i s_i ⟨e_i,w⟩² is the mean of (z·w)².
func TestFeatures(t *testing.T) {
	const rows, d = 1000, 10
	s, err := parseFeatures(featureFile(t, "x.npy", rows, d, 1))
	if err != nil {
		t.Fatal(err)
	}
	f := s.features()
	w, mean, square, variance := s.FixedTeacher()[0], make([]float64, d), 0.0, 0.0
	for i := range rows {
		z := f.Row(i)
		for j, x := range z {
			mean[j] += x / rows
			square += x * x / rows
		}
		variance += dot(z, w) * dot(z, w) / rows
	}
	values, _ := s.Data.Covariance.Nodes()
	modes, sum := s.TeacherModes()[0], 0.0
	for i, v := range values {
		sum += v * modes[i] * modes[i]
	}
	for j, x := range mean {
		if math.Abs(x) > 1e-12 {
			t.Errorf("column %d has the mean %g", j, x)
		}
	}
	if math.Abs(square-d) > 1e-10 || math.Abs(sum-variance) > 1e-10 || s.Experiment.Dims[0] != d {
		t.Errorf("tr Σ = %g, want %d; Σ s⟨e,w⟩² = %g, want %g; dims %v", square, d, sum, variance, s.Experiment.Dims)
	}
	// Standard deviations 1 … 10: (Σσ²)²/Σσ⁴ = 385²/25333 = 5.85, to the error of 1000 rows.
	if rank := f.EffectiveRank(); math.Abs(rank-5.85) > 0.4 {
		t.Errorf("effective rank %g", rank)
	}
	if text, err := s.YAML(); err != nil || strings.Contains(string(text), "covariance") {
		t.Errorf("%v in\n%s", err, text)
	}
}

// The hash is that of what is in the file, wherever it is.
func TestFeaturesHash(t *testing.T) {
	var hashes []string
	for _, path := range []string{featureFile(t, "x.npy", 500, 8, 1), featureFile(t, "y.npy", 500, 8, 1), featureFile(t, "x.npy", 500, 8, 2)} {
		s, err := parseFeatures(path)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, s.Hash())
	}
	if hashes[0] != hashes[1] || hashes[0] == hashes[2] {
		t.Errorf("hashes %v", hashes)
	}
}

func TestFeaturesRefused(t *testing.T) {
	path := featureFile(t, "x.npy", 400, 10, 1)
	if _, err := parseFeatures(path); err != nil {
		t.Error(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{"alpha: 2", "alpha: 3", "has 400 rows; 30 samples of a replica need at least 20 times as many"},
		{"alpha: 2", "alpha: 2, covariance: {ar1: 0.5}", "data.covariance: not with data.features"},
		{"alpha: 2", "alpha: 2, entries: uniform", "data.entries: not with data.features"},
		{"kind: sgd", "kind: sign", "method.kind: must be linear with data.features"},
		{"steps: 2", "steps: 2, batch: {sampling: fresh, fraction: 0.5}", "fresh needs new rows at every step"},
		{"steps: 2}", "steps: 2}\nexperiment: {dims: [20, 30]}", "experiment.dims: must be [10], the number of columns"},
		{path, path + ".npy", "no such file"}, {path, "x.csv", "the name of a file NAME.npy"},
	} {
		text := strings.Replace(fmt.Sprintf(featureText, path), c.old, c.new, 1)
		if _, err := Parse("x.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want … %s", c.new, err, c.want)
		}
	}
}
