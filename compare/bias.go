package compare

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// A biasProblem is the difference of the means to the theory at every dim and what is known of its noise, each point in
// units of its fluctuations.
type biasProblem struct {
	dims   []int
	counts []float64
	bias   [][]float64  // of each dim
	noise  []*mat.Dense // of each dim: replicas × points, centred, × √d, of unit variance at every dim
	theory *mat.Dense   // centred replicates, or stand-ins; nil
	norm2  float64      // expected squared length of a replica's noise
}

// bias is the exponent of |mean(d) - theory| against d. The bias is a curve; its size at one d is measured along the
// pattern a(t) that the other dims show, so that no d's noise decides what counts as its signal, and fitted where the
// size expected from the other dims (if the bias falls like 1/d) stands out of the noise.
func (a *analysis) bias() Rate {
	if len(a.dims) < 2 {
		return Rate{}
	}
	p := a.biasProblem()
	if p == nil {
		return Rate{}
	}
	n := len(a.dims)
	size, se, expected := make([]float64, n), make([]float64, n), make([]float64, n)
	pattern := make([]float64, a.points())
	for k, d := range a.dims {
		length := p.pattern(pattern, p.bias, k)
		size[k], se[k], expected[k] = dot(pattern, p.bias[k]), p.standardError(pattern, k), length/float64(d)
	}
	r := Rate{Dims: slices.Clone(a.dims), Values: size, Errors: se}
	var kept []int
	for k := range size {
		if expected[k] > resolved*se[k] && size[k] > 0 {
			kept = append(kept, k)
		} else {
			r.Dropped = append(r.Dropped, a.dims[k])
		}
	}
	if r.Resolved = len(kept) >= minRateDims; !r.Resolved {
		return r
	}
	fit := func(size []float64) float64 {
		var x, y, w []float64
		for _, k := range kept {
			x = append(x, math.Log(float64(a.dims[k])))
			y = append(y, math.Log(max(size[k], se[k]/10)))
			w = append(w, r.Values[k]*r.Values[k]/(se[k]*se[k]))
		}
		return slope(x, y, w)
	}
	r.Estimate = fit(size)
	var slopes []float64
	again := make([]float64, n)
	p.resample(rand.New(rand.NewPCG(a.set.Seed, 3)), func(bias [][]float64) {
		for _, k := range kept {
			p.pattern(pattern, bias, k)
			again[k] = dot(pattern, bias[k])
		}
		slopes = append(slopes, fit(again))
	})
	r.Low, r.High = quantile(slopes, (1-confidence)/2), quantile(slopes, (1+confidence)/2)
	return r
}

func (a *analysis) biasProblem() *biasProblem {
	centred := make([]*mat.Dense, len(a.dims))
	for k := range a.dims {
		centred[k] = mat.DenseCopyOf(a.values.Slice(a.start[k], a.start[k+1], 0, a.points()))
		centre(centred[k])
	}
	scale := make([]float64, len(a.dims))
	for k, d := range a.dims {
		scale[k] = 1 / math.Sqrt(float64(d))
	}
	unit := a.pooled(centred, scale)
	for j, s := range unit {
		if s/math.Sqrt(a.dim[a.rows()-1]) <= 1e3*a.floor[j] {
			unit[j] = math.Inf(1)
		}
	}
	p := &biasProblem{dims: a.dims}
	f, order := a.model.fit, a.model.order
	for k, d := range a.dims {
		n := a.count(k)
		adjusted := mat.DenseCopyOf(a.delta.Slice(a.start[k], a.start[k+1], 0, a.points()))
		for i := range n {
			row := adjusted.RawRowView(i)
			for q, control := range a.controls {
				beta := f.coef.RawRowView(order + 1 + q)
				for j := range row {
					row[j] -= beta[j] * control[a.start[k]+i]
				}
			}
			for j := range row {
				row[j] /= unit[j]
			}
		}
		p.bias = append(p.bias, centre(adjusted))
		adjusted.Scale(math.Sqrt(float64(d)*float64(n)/float64(n-1)), adjusted)
		for _, v := range adjusted.RawMatrix().Data {
			p.norm2 += v * v / float64(a.rows())
		}
		p.noise, p.counts = append(p.noise, adjusted), append(p.counts, float64(n))
	}
	if p.norm2 == 0 {
		return nil
	}
	if p.theory = a.theory.errors(p.bias, p.counts); p.theory != nil {
		r, _ := p.theory.Dims()
		for i := range r {
			row := p.theory.RawRowView(i)
			for j := range row {
				row[j] /= unit[j]
			}
		}
	}
	return p
}

// pattern sets to to the direction of the bias, per unit of its size, as the dims other than dims[k] show it, and returns
// the size of a in their bias a/d; a pattern that is mostly noise becomes 0.
func (p *biasProblem) pattern(to []float64, bias [][]float64, k int) float64 {
	clear(to)
	// a = Σ R b / Σ R/d: weighted least squares with variance 1/(Rd).
	weight := 0.0
	for l, other := range bias {
		if l == k {
			continue
		}
		for j, v := range other {
			to[j] += p.counts[l] * v
		}
		weight += p.counts[l] / float64(p.dims[l])
	}
	square := dot(to, to) / (weight * weight)
	// Noise makes the pattern too long on average.
	length2 := square - p.norm2/weight
	if length2 < square/10 {
		clear(to)
		return 0
	}
	length := math.Sqrt(length2)
	for j := range to {
		to[j] /= weight * length
	}
	return length
}

func dot(a, b []float64) float64 {
	return mat.Dot(mat.NewVecDense(len(a), a), mat.NewVecDense(len(b), b))
}

// standardError of the bias at dims[k] along a pattern, from the noise of all dims and of the theory.
func (p *biasProblem) standardError(pattern []float64, k int) float64 {
	square := func(x *mat.Dense) float64 {
		var along mat.VecDense
		along.MulVec(x, mat.NewVecDense(len(pattern), pattern))
		return mat.Dot(&along, &along)
	}
	data, rows := 0.0, 0.0
	for l, x := range p.noise {
		data += square(x)
		rows += p.counts[l]
	}
	v := data / rows / (p.counts[k] * float64(p.dims[k]))
	if p.theory != nil {
		r, _ := p.theory.Dims()
		v += square(p.theory) / float64(r*(r-1))
	}
	return math.Sqrt(v)
}

// resample hands the biases of bootstrap samples to f: replicas drawn again within each dim, and replicates.
func (p *biasProblem) resample(rng *rand.Rand, f func(bias [][]float64)) {
	const batch = 100
	for range rateResamples / batch {
		var theory *mat.Dense
		if p.theory != nil {
			r, _ := p.theory.Dims()
			theory = bootstrapMeans(p.theory, batch, math.Sqrt(float64(r)/float64(r-1)), rng)
		}
		var noise []*mat.Dense
		for k, x := range p.noise {
			noise = append(noise, bootstrapMeans(x, batch, 1/math.Sqrt(float64(p.dims[k])), rng))
		}
		for b := range batch {
			bias := make([][]float64, len(p.dims))
			for k := range bias {
				bias[k] = noise[k].RawRowView(b)
				for j, v := range p.bias[k] {
					bias[k][j] += v
					if theory != nil {
						bias[k][j] -= theory.At(b, j)
					}
				}
			}
			f(bias)
		}
	}
}

// bootstrapMeans are factor times the means of x's rows drawn with replacement, one row a draw.
func bootstrapMeans(x *mat.Dense, draws int, factor float64, rng *rand.Rand) *mat.Dense {
	n, _ := x.Dims()
	weights := mat.NewDense(draws, n, nil)
	for b := range draws {
		row := weights.RawRowView(b)
		for range n {
			row[rng.IntN(n)] += factor / float64(n)
		}
	}
	var out mat.Dense
	out.Mul(weights, x)
	return &out
}
