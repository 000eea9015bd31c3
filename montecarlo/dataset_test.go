package montecarlo

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"limitcheck/scenarios"
)

// explicit is X = Σ_m c_m v_mᵀ/d + sqrt(Δ) Z Σ^{1/2} as a matrix.
func (x *dataset) explicit(z *mat.Dense, root *mat.Dense) *mat.Dense {
	var m mat.Dense
	m.Mul(z, root)
	m.Scale(x.scale, &m)
	for i, spread := range x.spread {
		for j := range m.RawRowView(i) {
			m.RawRowView(i)[j] *= spread
		}
	}
	for k, v := range x.directions {
		m.RankOne(&m, 1/float64(len(v)), mat.NewVecDense(len(x.positions[k]), x.positions[k]), mat.NewVecDense(len(v), v))
	}
	return &m
}

// TestDataset compares the wrapped products with those of the explicit matrix X, for every covariance and mixture of the
// catalogue. Entries are O(1) sums of at most n = 3·41 terms, so 1e-12 is 40 roundings of each.
func TestDataset(t *testing.T) {
	forCatalogue(t, 2, testDataset)
	for _, mixture := range []string{"mixture-two", "mixture-three"} {
		for _, covariance := range []string{"ar1-ista", "ridge-spectrum"} {
			s := find(t, mixture)
			s.Data.Covariance = find(t, covariance).Data.Covariance
			t.Run(mixture+" with "+covariance, func(t *testing.T) { testDataset(t, s) })
		}
	}
}

func testDataset(t *testing.T, s *scenarios.Scenario) {
	d := small(t, s, 41)
	var kept stored
	run := newTrainer(s, streamKey{4}, Job{Dim: d}, Dense, Settings{operator: kept.operator, Workers: 1, points: 64})
	x := run.data.explicit(kept.z[0], explicitRoot(s.Data.Covariance, d))
	random := rand.New(rand.NewPCG(1, 2))
	for units := 1; units <= 2; units++ {
		p, g := normals(random, units, d), normals(random, units, run.samples)
		r, u := newVectors(units, run.samples), newVectors(units, d)
		run.data.fields(r, p)
		for k := range p {
			var want mat.VecDense
			want.MulVec(x, mat.NewVecDense(d, p[k]))
			compareClosely(t, [][]float64{r[k]}, [][]float64{want.RawVector().Data}, 1e-12)
		}
		run.data.weighted = nil
		run.data.step(u, p, func(lo, hi int, out, in [][]float64) {
			for k := range out {
				for i := range out[k] {
					if math.Abs(in[k][i]-r[k][lo+i]) > 1e-12 {
						t.Errorf("step and fields differ at sample %d: %v, %v", lo+i, in[k][i], r[k][lo+i])
					}
					out[k][i] = g[k][lo+i]
				}
			}
		})
		for k := range p {
			var want mat.VecDense
			want.MulVec(x.T(), mat.NewVecDense(run.samples, g[k]))
			compareClosely(t, [][]float64{u[k]}, [][]float64{want.RawVector().Data}, 1e-12)
		}
	}
}

// explicitRoot is Σ^{1/2} by eigendecomposition of Σ, a diagonal matrix or a circulant one whose entries are summed up
// from the spectral density.
func explicitRoot(c scenarios.Covariance, d int) *mat.Dense {
	sigma := mat.NewSymDense(d, nil)
	// The trace is that of the limit.
	values, weights := c.Nodes()
	trace, scale := 0.0, 0.0
	for i := range d {
		trace += c.Quantile((float64(i)+0.5)/float64(d)) / float64(d)
	}
	for i, v := range values {
		scale += v * weights[i] / trace
	}
	for i := range d {
		for j := range i + 1 {
			switch {
			case c.Diagonal() && i == j:
				sigma.SetSym(i, i, c.Quantile((float64(i)+0.5)/float64(d))*scale)
			case !c.Diagonal():
				sum := 0.0
				for k := range d {
					theta := 2 * math.Pi * float64(k) / float64(d)
					sum += c.Density(theta) * math.Cos(theta*float64(i-j)) / float64(d)
				}
				sigma.SetSym(i, j, sum)
			}
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(sigma, true) {
		panic("no eigenvalues")
	}
	var vectors, scaled, root mat.Dense
	eigen.VectorsTo(&vectors)
	scaled.Apply(func(_, j int, v float64) float64 { return v * math.Sqrt(eigen.Values(nil)[j]) }, &vectors)
	root.Mul(&scaled, vectors.T())
	return &root
}

// TestRing checks that the filter of an AR(1) covariance is the square root of Σ_ij = Σ_m φ^|i-j+md|, the correlation
// summed over all ways around the ring, and that tr Σ/d is known.
func TestRing(t *testing.T) {
	c := find(t, "ar1-ista").Data.Covariance
	top := c.Density(0) // (1+φ)/(1-φ)
	phi := (top - 1) / (top + 1)
	for _, d := range []int{30, 31} {
		r := newRoot(c, d)
		column := make([]float64, d)
		column[3] = 1
		r.apply(column, 1, column)
		r.apply(column, 1, column)
		for i, got := range column {
			distance, around := math.Abs(float64(i-3)), math.Pow(phi, float64(d))
			want := (math.Pow(phi, distance) + around*math.Pow(phi, -distance)) / (1 - around)
			if !(math.Abs(got-want) < 1e-14) {
				t.Errorf("d = %d: Σ(3,%d) = %v, want %v", d, i, got, want)
			}
		}
		if !(math.Abs(r.trace-column[3]) < 1e-14) {
			t.Errorf("d = %d: trace %v, Σ(3,3) = %v", d, r.trace, column[3])
		}
	}
}

// TestInit checks W_0 = overlap·W* + sqrt(norm) ξ through its order parameters at large d: each is within 5 standard
// errors, c/sqrt(d) with c ≤ 2(|overlap|+1)² for Gaussian and Bernoulli-Gauss teachers of density ≥ 0.1.
func TestInit(t *testing.T) {
	for _, name := range []string{"logistic-sgd", "committee-erf", "ridge-nesterov"} {
		s := find(t, name)
		d := small(t, s, 20000)
		run := newTrainer(s, streamKey{9}, Job{Dim: d}, Conditioning, Settings{Workers: 2, points: 64})
		defer run.close()
		for k, w := range run.w {
			norm := s.Init.Norm
			for m, v := range run.teacher {
				overlap := s.Init.Overlap[k][m]
				norm += overlap * overlap
				if got := inner(w, v); math.Abs(got-overlap) > 5*2*(math.Abs(overlap)+1)/math.Sqrt(float64(d)) {
					t.Errorf("%s: overlap %g, want %g", name, got, overlap)
				}
			}
			if got := inner(w, w); math.Abs(got-norm) > 5*2*(norm+1)/math.Sqrt(float64(d)) {
				t.Errorf("%s: norm %g, want %g", name, got, norm)
			}
		}
	}
}

// Variances that differ by 1e-12 take the way of those that differ, with the same random numbers as one variance: after five
// steps nothing differs by more than that times some factor of order one.
func TestOneVarianceIsEqualVariances(t *testing.T) {
	for _, engine := range []Engine{Dense, Conditioning} {
		train := func(spread float64) *trainer {
			s := find(t, "mixture-plane")
			s.Data.Mixture.Variance, s.Method.Steps = []float64{0.5, 0.5, 0.5 * (1 + spread)}, 5
			run := newTrainer(s, streamKey{3}, Job{Dim: small(t, s, 40)}, engine, Settings{Workers: 1, points: 64})
			if err := run.run(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			return run
		}
		one, many := train(0), train(1e-12)
		if one.data.spread != nil || many.data.spread == nil {
			t.Fatal("both went one way")
		}
		compareClosely(t, many.w, one.w, 1e-10)
		compareClosely(t, many.values, one.values, 1e-10)
	}
}
