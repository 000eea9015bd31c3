package scenarios

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"

	"codeberg.org/sbinet/npyio/npy"
	"gonum.org/v1/gonum/mat"

	"limitcheck/internal/spec"
)

// Features are the N rows of d numbers of a file, centred and divided by one number so that tr Σ/d = 1, Σ = their covariance.
// A sample is x_i = Row(·)/sqrt(d).
type Features struct {
	rows, columns int
	data          []float64
	digest        string
	spectra       [3]*featureSpectrum // of the file, of its even and of its odd rows
}

// leastShare is how many rows there must be for each sample of a replica: from fewer, replicas share so many that their
// covariance is not that of the file (docs/theory.md, "Features of a file").
const leastShare = 20

// Shape is the number of rows and d.
func (f *Features) Shape() (rows, d int) { return f.rows, f.columns }

// Row is one of the rows, which must not be changed.
func (f *Features) Row(i int) []float64 { return f.data[i*f.columns : (i+1)*f.columns] }

// EffectiveRank is (tr Σ)²/tr Σ².
func (f *Features) EffectiveRank() float64 {
	trace, square := 0.0, 0.0
	for _, s := range f.spectra[0].values {
		trace, square = trace+s, square+s*s
	}
	return trace * trace / square
}

// loaded are the files that were read; a file is read once.
var loaded sync.Map // path → func() (*Features, error)

// Features are those of Data.Features; nil if there is no file. The error is that of reading it.
func (s *Scenario) Features() (*Features, error) {
	path := s.Data.Features
	if path == "" {
		return nil, nil
	}
	read, _ := loaded.LoadOrStore(path, sync.OnceValues(func() (*Features, error) { return readFeatures(path) }))
	return read.(func() (*Features, error))()
}

// features are those of a scenario that is valid.
func (s *Scenario) features() *Features {
	f, err := s.Features()
	if err != nil {
		panic(err) // Validate read them
	}
	return f
}

func readFeatures(path string) (*Features, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	f := &Features{}
	if err := f.read(file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := f.standardise(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// read reads the array and its digest.
func (f *Features) read(file *os.File) error {
	in, err := npy.NewReader(file)
	if err != nil {
		return fmt.Errorf("is no .npy file: %w", err)
	}
	shape := in.Header.Descr.Shape
	if len(shape) != 2 || shape[0] < 2 || shape[1] < minDim {
		return fmt.Errorf("must be an array of N rows and d ≥ %d columns, its shape is %v", minDim, shape)
	}
	f.rows, f.columns = shape[0], shape[1]
	switch dtype := strings.Trim(in.Header.Descr.Type, "'<>|="); dtype {
	case "f8":
		err = in.Read(&f.data)
	case "f4":
		f.data, err = readAs[float32](in)
	case "u1":
		f.data, err = readAs[uint8](in)
	default:
		return fmt.Errorf("must hold float64, float32 or uint8, its type is %s", dtype)
	}
	if err != nil {
		return err
	}
	if in.Header.Descr.Fortran {
		byRow := make([]float64, len(f.data))
		for i := range f.rows {
			for j := range f.columns {
				byRow[i*f.columns+j] = f.data[j*f.rows+i]
			}
		}
		f.data = byRow
	}
	sum := sha256.New()
	for i := range f.rows {
		if err := binary.Write(sum, binary.LittleEndian, f.Row(i)); err != nil {
			return err
		}
		for j, x := range f.Row(i) {
			if !finite(x) {
				return fmt.Errorf("row %d, column %d is %g, which must be a finite number", i, j, x)
			}
		}
	}
	f.digest = fmt.Sprintf("%d×%d %s", f.rows, f.columns, hex.EncodeToString(sum.Sum(nil)))
	return nil
}

func readAs[T float32 | uint8](in *npy.Reader) (data []float64, err error) {
	var raw []T
	if err := in.Read(&raw); err != nil {
		return nil, err
	}
	data = make([]float64, len(raw))
	for i, x := range raw {
		data[i] = float64(x)
	}
	return data, nil
}

// standardise centres and scales the rows and finds the spectra.
func (f *Features) standardise() error {
	mean := make([]float64, f.columns)
	for i := range f.rows {
		for j, x := range f.Row(i) {
			mean[j] += x / float64(f.rows)
		}
	}
	square := 0.0
	for i := range f.rows {
		row := f.Row(i)
		for j := range row {
			row[j] -= mean[j]
			square += row[j] * row[j]
		}
	}
	if !(square > 0) || math.IsInf(square, 0) {
		return fmt.Errorf("has rows whose variance is %g", square/float64(f.rows))
	}
	scale := math.Sqrt(float64(len(f.data)) / square)
	for i := range f.data {
		f.data[i] *= scale
	}
	for part := range f.spectra {
		first, step := 0, 1
		if part > 0 {
			first, step = part-1, 2
		}
		spectrum, err := f.spectrum(first, step)
		if err != nil {
			return err
		}
		f.spectra[part] = spectrum
	}
	return nil
}

// spectrum is that of the covariance of every step-th row from the first on.
func (f *Features) spectrum(first, step int) (*featureSpectrum, error) {
	count := (f.rows - first + step - 1) / step
	part := mat.NewDense(count, f.columns, nil)
	for i := range count {
		part.SetRow(i, f.Row(first+i*step))
	}
	var covariance mat.SymDense
	covariance.SymOuterK(1/float64(count), part.T())
	var eigen mat.EigenSym
	if !eigen.Factorize(&covariance, true) {
		return nil, fmt.Errorf("the eigenvalues of its covariance were not found")
	}
	s := &featureSpectrum{values: eigen.Values(nil), vectors: new(mat.Dense)}
	eigen.VectorsTo(s.vectors)
	for i, x := range s.values {
		s.values[i] = max(0, x)
	}
	return s, nil
}

// A featureSpectrum is the spectrum of a file's covariance: d eigenvalues, each with the share 1/d. To the theory it is
// diagonal, in the basis of its eigenvectors.
type featureSpectrum struct {
	diagonal
	values  []float64 // ascending
	vectors *mat.Dense
}

// Quantile implements Covariance.
func (s *featureSpectrum) Quantile(u float64) float64 {
	return s.values[min(len(s.values)-1, int(u*float64(len(s.values))))]
}

// Nodes implements Covariance.
func (s *featureSpectrum) Nodes() (values, weights []float64) {
	weights = make([]float64, len(s.values))
	for i := range weights {
		weights[i] = 1 / float64(len(weights))
	}
	return s.values, weights
}

// Formula says what it is.
func (s *featureSpectrum) Formula() string { return "$\\Sigma$ is the covariance of the file's rows" }

// FixedTeacher is W*, which all replicas have with features of a file, M×d; else nil.
func (s *Scenario) FixedTeacher() [][]float64 {
	if s.Data.Features == "" {
		return nil
	}
	const forTeacher = 0x7eac4e7
	_, d := s.features().Shape()
	teacher := make([][]float64, s.Teacher.Units)
	for m := range teacher {
		rng, levels := rand.New(rand.NewPCG(s.Experiment.Seed, forTeacher+uint64(m))), make([]float64, d)
		for i := range levels {
			levels[i] = (float64(rng.Uint64()>>11) + 0.5) / (1 << 53)
		}
		teacher[m] = make([]float64, d)
		s.Teacher.Weights.Fill(teacher[m], levels)
	}
	return teacher
}

// TeacherModes are ⟨e_i, W*_m⟩ with the unit eigenvectors e_i of Data.Covariance, M×d, for the fixed teacher; else nil.
func (s *Scenario) TeacherModes() [][]float64 {
	spectrum, ok := s.Data.Covariance.(*featureSpectrum)
	if !ok {
		return nil
	}
	modes := s.FixedTeacher()
	for m, w := range modes {
		var v mat.VecDense
		v.MulVec(spectrum.vectors.T(), mat.NewVecDense(len(w), w))
		modes[m] = v.RawVector().Data
	}
	return modes
}

// Halves are the scenario with the covariance of the file's even rows and of its odd ones, for the theory alone: how they
// differ says how well the file determines Σ.
func (s *Scenario) Halves() (halves [2]*Scenario) {
	for i := range halves {
		half := *s
		half.Data.Covariance = s.features().spectra[1+i]
		halves[i] = &half
	}
	return halves
}

// fillFeatures sets what the file determines.
func (s *Scenario) fillFeatures() {
	f, err := s.Features()
	if f == nil || err != nil {
		return // checkFeatures says why
	}
	if s.Data.Covariance == nil {
		s.Data.Covariance = f.spectra[0]
	}
	if s.Experiment.Dims == nil {
		s.Experiment.Dims = []int{f.columns}
	}
}

// checkFeatures refuses files that cannot be read, and what is not covered with them.
func (s *Scenario) checkFeatures() error {
	f, err := s.Features()
	if f == nil && err == nil {
		return nil
	}
	if err != nil {
		return wrong("data.features", "%v", err)
	}
	_, ours := s.Data.Covariance.(*featureSpectrum)
	switch n := s.Data.Alpha * float64(f.columns); {
	case !ours:
		return wrong("data.covariance", "not with data.features, whose covariance is that of the file")
	case s.Data.Mixture != nil:
		return wrong("data.mixture", "not with data.features")
	case s.Data.Entries != nil:
		return wrong("data.entries", "not with data.features, which are the data")
	case !slices.Equal(s.Experiment.Dims, []int{f.columns}):
		return wrong("experiment.dims", "must be [%d], the number of columns of %s, got %v", f.columns, s.Data.Features, s.Experiment.Dims)
	case float64(f.rows) < leastShare*n:
		return wrong("data.features", "has %d rows; %d samples of a replica need at least %d times as many (with fewer, replicas share "+
			"rows and their covariance is not the file's)", f.rows, int(math.Round(n)), leastShare)
	case s.Method.Batch != nil && s.Method.Batch.Fresh():
		return wrong("method.batch.sampling", "fresh needs new rows at every step, which a file does not have")
	case !s.Method.Optimizer.Linear():
		return wrong("method.kind", "must be linear with data.features (sgd, heavy-ball, nesterov, velocity, langevin, spherical): other "+
			"methods act on coordinates, and the theory is in those of the eigenvectors")
	case slices.ContainsFunc(s.Experiment.Functions, func(f Function) bool { return f.OfWeights }):
		return wrong("experiment.functions", "of weights are not covered with data.features")
	case s.Experiment.Flow > 0:
		return wrong("experiment.flow", "not with data.features")
	}
	if _, static := s.Method.Minimizer(); static {
		return wrong("method.kind", "minimizer is not covered with data.features")
	}
	return nil
}

// featuresKey is data.features: the file's name, and in the hash what is in it.
func (s *Scenario) featuresKey() spec.Value {
	return spec.Digested(spec.Text(&s.Data.Features, npyFile, "the name of a file NAME.npy"), func() string {
		if f, err := s.Features(); f != nil && err == nil {
			return f.digest
		}
		return s.Data.Features
	})
}
