package compare

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A fit is the weighted regression of every point on the same design. With weights d the errors are alike at every d,
// so that standard errors are deviation·sqrt(cov_kk) and all points share cov.
type fit struct {
	coef      *mat.Dense // coefficients × points
	cov       *mat.Dense // (X'WX)^-1
	deviation []float64  // of each point: residual standard deviation × √d
	dof       int

	// residual holds the weighted residuals in an orthonormal basis of (at most) the space orthogonal to the design:
	// only inner products matter to a rotation.
	residual *mat.Dense
}

// regress fits y (rows × points) on the columns with weights dim.
func regress(columns [][]float64, dim []float64, y mat.Matrix) (*fit, error) {
	n, p := len(dim), len(columns)
	_, points := y.Dims()
	if n-p < 2 {
		return nil, fmt.Errorf("%d replicas leave nothing to estimate the noise of a fit with %d coefficients from", n, p)
	}
	x, z := mat.NewDense(n, p, nil), mat.NewDense(n, points, nil)
	z.Copy(y)
	for i, d := range dim {
		w := math.Sqrt(d)
		for k, c := range columns {
			x.Set(i, k, w*c[i])
		}
		blas64.Scal(w, blas64.Vector{N: points, Inc: 1, Data: z.RawRowView(i)})
	}
	triangular, err := orthogonalise(x, z)
	if err != nil {
		return nil, err
	}
	f := &fit{coef: mat.NewDense(p, points, nil), cov: mat.NewDense(p, p, nil), dof: n - p}
	f.coef.Mul(triangular, z.Slice(0, p, 0, points))
	f.cov.Mul(triangular, triangular.T())
	f.residual = mat.DenseCopyOf(z.Slice(p, n, 0, points))
	f.deviation = make([]float64, points)
	for i := range f.dof {
		for j, v := range f.residual.RawRowView(i) {
			f.deviation[j] += v * v
		}
	}
	for j, ss := range f.deviation {
		f.deviation[j] = math.Sqrt(ss / float64(f.dof))
	}
	f.compress()
	return f, nil
}

// orthogonalise overwrites x by its QR factors and z by Q'z, and returns the inverse of R.
func orthogonalise(x, z *mat.Dense) (*mat.Dense, error) {
	_, p := x.Dims()
	size := make([]float64, p)
	for k := range p {
		size[k] = mat.Norm(x.ColView(k), 2)
	}
	qr(x, z)
	r := mat.NewTriDense(p, mat.Upper, nil)
	for k := range p {
		for l := k; l < p; l++ {
			r.SetTri(k, l, x.At(k, l))
		}
		if !(math.Abs(x.At(k, k)) > collinear*size[k]) {
			return nil, fmt.Errorf("column %d of the regression depends on the ones before it", k)
		}
	}
	var inverse mat.TriDense
	if err := inverse.InverseTri(r); err != nil {
		if _, ok := err.(mat.Condition); !ok {
			return nil, err
		}
	}
	return mat.DenseCopyOf(&inverse), nil
}

// collinear is the part of a column, outside the span of those before it, below which it counts as dependent on them.
const collinear = 1e-8

// qr overwrites x by its QR factors (R above the diagonal) and z, unless nil, by Q'z.
func qr(x, z *mat.Dense) {
	a := x.RawMatrix()
	tau := make([]float64, min(a.Rows, a.Cols))
	work := make([]float64, 1)
	lapack64.Geqrf(a, tau, work, -1)
	work = make([]float64, int(work[0]))
	lapack64.Geqrf(a, tau, work, len(work))
	if z == nil {
		return
	}
	work = make([]float64, 1)
	lapack64.Ormqr(blas.Left, blas.Trans, a, tau, z.RawMatrix(), work, -1)
	work = make([]float64, int(work[0]))
	lapack64.Ormqr(blas.Left, blas.Trans, a, tau, z.RawMatrix(), work, len(work))
}

// compress rewrites the residuals in a basis of their own span when that is the smaller one.
func (f *fit) compress() {
	n, points := f.residual.Dims()
	if n <= points {
		return
	}
	qr(f.residual, nil)
	r := mat.NewDense(points, points, nil)
	for i := range points {
		for j := i; j < points; j++ {
			r.Set(i, j, f.residual.At(i, j))
		}
	}
	f.residual = r
}

// standardError of coefficient k at point j.
func (f *fit) standardError(k, j int) float64 { return f.deviation[j] * math.Sqrt(f.cov.At(k, k)) }

// A direction is a random direction in the space of the residuals, extended by one axis: the coordinate along that
// axis, those along the basis of fit.residual, and the squared length of all but the axis.
type direction struct {
	axis, square float64
	along        []float64
}

// draw fills the direction with independent standard normals.
func (v *direction) draw(rng *rand.Rand, dof int) {
	v.axis, v.square = rng.NormFloat64(), 0
	for i := range v.along {
		g := rng.NormFloat64()
		v.along[i] = g
		v.square += g * g
	}
	if rest := dof - len(v.along); rest > 0 { // the part outside the residuals' span
		v.square += distuv.ChiSquared{K: float64(rest), Src: rng}.Rand()
	}
}
