package compare

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

const (
	minRateDims   = 3
	rateResamples = 1000
	// minComponent is the share of the (normalised) variance below which a principal component is left out of the
	// fluctuation exponent: what is left there is of higher order in 1/√d, or rounding.
	minComponent = 0.01
	// maxRatePoints caps the size of the decomposition into components; beyond it points are taken at equal strides.
	maxRatePoints = 400
	// resolved is how many standard errors the expected bias must be away from 0 to be fitted.
	resolved = 3
)

// fluctuation is the exponent of the replicas' standard deviation (as they are, without control variates) against d. The
// points of a curve are strongly correlated, so the replicas are first written in the principal components of all of them
// together, each scaled to unit variance: these are independent, so each counts as one measurement. The values are the
// root mean square over components.
func (a *analysis) fluctuation() Rate {
	if len(a.dims) < 2 {
		return Rate{}
	}
	centred := make([]*mat.Dense, len(a.dims))
	for k := range a.dims {
		centred[k] = mat.DenseCopyOf(a.values.Slice(a.start[k], a.start[k+1], 0, a.points()))
		centre(centred[k])
	}
	centred = a.normalise(centred)
	if centred == nil {
		return Rate{}
	}
	dof := a.rows() - len(a.dims)
	r := Rate{Dims: slices.Clone(a.dims), Resolved: true}
	var x, y, weight []float64
	// The squared length of a replica's components scatters by the same factor at every d: cv² is pooled.
	cv2, kept := 0.0, 0
	for k, scores := range components(centred, dof) {
		n, m := scores.Dims()
		kept = m
		squares, mean := make([]float64, n), 0.0
		for i := range squares {
			for _, v := range scores.RawRowView(i) {
				squares[i] += v * v
			}
			mean += squares[i] / float64(n)
		}
		short := float64(n*(n-2)) / float64(n*n-1) // how much the mean, taken from the same few replicas, takes away
		for _, q := range squares {
			cv2 += (q/mean - 1) * (q/mean - 1) / (short * float64(dof))
		}
		x, weight = append(x, math.Log(float64(a.dims[k]))), append(weight, float64(n-1))
		y = append(y, math.Log(mean*float64(n)/float64((n-1)*m))/2)
	}
	// The components are those of the same replicas, which takes from their scatter and adds noise of its own. Measured: by this
	// much where all of them are in use; nothing where there are more than can be.
	if x := float64(kept) / float64(dof); kept < max(1, dof/4) {
		cv2 *= (1 + 2.5*x) / (1 - x)
	}
	sum := 0.0
	for _, w := range weight {
		sum += w
	}
	var centre, spread float64
	for k, w := range weight {
		centre += w * x[k] / sum
	}
	for k, w := range weight {
		y[k] += cv2 / (4 * w) // E log of a mean is below the log of its expectation
		spread += w * (x[k] - centre) * (x[k] - centre)
		r.Values = append(r.Values, math.Exp(y[k]))
		r.Errors = append(r.Errors, r.Values[k]*math.Sqrt(cv2/(4*w)))
	}
	r.Estimate = slope(x, y, weight)
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(dof)}.Quantile((1+confidence)/2) * math.Sqrt(cv2/(4*spread))
	r.Low, r.High = r.Estimate-half, r.Estimate+half
	return r
}

// normalise divides every point by its deviation, pooled over the dims after each has been brought to the same total
// variance, and leaves out points that hardly fluctuate. nil: all do.
func (a *analysis) normalise(centred []*mat.Dense) []*mat.Dense {
	scale := make([]float64, len(centred)) // of each dim, d^-1/2 to begin with
	for k, d := range a.dims {
		scale[k] = 1 / math.Sqrt(float64(d))
	}
	unit := a.pooled(centred, scale)
	var kept []int
	for j, s := range unit {
		if s/math.Sqrt(a.dim[a.rows()-1]) > 1e3*a.floor[j] {
			kept = append(kept, j)
		}
	}
	if kept == nil {
		return nil
	}
	stride := (len(kept) + maxRatePoints - 1) / maxRatePoints
	for gcd(stride, len(a.observables)) > 1 { // else some observables would be left out
		stride++
	}
	for range 3 {
		for k, c := range centred {
			n, _ := c.Dims()
			ss := 0.0
			for i := range n {
				row := c.RawRowView(i)
				for _, j := range kept {
					ss += row[j] * row[j] / (unit[j] * unit[j])
				}
			}
			scale[k] = math.Sqrt(ss / float64((n-1)*len(kept)))
		}
		unit = a.pooled(centred, scale)
	}
	out := make([]*mat.Dense, len(centred))
	for k, c := range centred {
		n, _ := c.Dims()
		out[k] = mat.NewDense(n, (len(kept)+stride-1)/stride, nil)
		for i := range n {
			for q := 0; q*stride < len(kept); q++ {
				out[k].Set(i, q, c.At(i, kept[q*stride])/unit[kept[q*stride]])
			}
		}
	}
	return out
}

func gcd(a, b int) int {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}

// pooled is the standard deviation of every point over all dims, in units of each dim's scale.
func (a *analysis) pooled(centred []*mat.Dense, scale []float64) []float64 {
	out := make([]float64, a.points())
	for k, c := range centred {
		n, _ := c.Dims()
		for i := range n {
			for j, v := range c.RawRowView(i) {
				out[j] += v * v / (scale[k] * scale[k])
			}
		}
	}
	for j, ss := range out {
		out[j] = math.Sqrt(ss / float64(a.rows()-len(a.dims)))
	}
	return out
}

// components writes the rows of all dims in the leading principal components of the rows pooled over the dims (each dim
// first brought to the same total variance), scaled so that each has unit pooled variance, times the dim's own scale.
func components(centred []*mat.Dense, dof int) []*mat.Dense {
	_, points := centred[0].Dims()
	scale := make([]float64, len(centred))
	var rows []float64
	for k, c := range centred {
		n, _ := c.Dims()
		scale[k] = mat.Norm(c, 2) / math.Sqrt(float64(n-1)*float64(points))
		for _, v := range c.RawMatrix().Data {
			rows = append(rows, v/scale[k])
		}
	}
	// With all rows = U S V', the components in units of their pooled deviation S/√dof are U √dof.
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(len(rows)/points, points, rows), mat.SVDThinU) {
		return centred
	}
	var u mat.Dense
	svd.UTo(&u)
	m, total := 0, 0.0
	values := svd.Values(nil)
	for _, v := range values {
		total += v * v
	}
	for m < len(values) && m < max(1, dof/4) && values[m]*values[m] > minComponent*total {
		m++
	}
	out, from := make([]*mat.Dense, len(centred)), 0
	for k, c := range centred {
		n, _ := c.Dims()
		out[k] = new(mat.Dense)
		out[k].Scale(scale[k]*math.Sqrt(float64(dof)), u.Slice(from, from+n, 0, m))
		from += n
	}
	return out
}

// slope of the weighted least-squares line.
func slope(x, y, weight []float64) float64 {
	var w, mx, my, xx, xy float64
	for i := range x {
		w += weight[i]
		mx += weight[i] * x[i]
		my += weight[i] * y[i]
	}
	mx, my = mx/w, my/w
	for i := range x {
		xx += weight[i] * (x[i] - mx) * (x[i] - mx)
		xy += weight[i] * (x[i] - mx) * (y[i] - my)
	}
	return xy / xx
}
