package scenarios

// totalVariation overwrites y with argmin_x |x−y|²/2 + λ Σ|x_{i+1}−x_i| in O(n), exactly, by Johnson's dynamic programme
// (J. Comput. Graph. Stat. 2013): the derivative of the optimal cost of x_0…x_k as a function of x_k is piecewise linear,
// is clipped at ±λ and grows by one knot at either end with k; a backward pass then clips between the clipping points.
func totalVariation(y []float64, lambda float64) {
	n := len(y)
	if n < 2 || lambda == 0 {
		return
	}
	tv := newKnots(n)
	low, high := make([]float64, n-1), make([]float64, n-1) // where the derivative reaches −λ and +λ
	low[0], high[0] = y[0]-lambda, y[0]+lambda
	tv.left, tv.right = n-1, n
	tv.set(tv.left, low[0], 1, lambda-y[0])
	tv.set(tv.right, high[0], -1, lambda+y[0])
	for k := 1; k < n-1; k++ {
		l, slope, offset := tv.fromLeft(1, -lambda-y[k], -lambda)
		r, slopeR, offsetR := tv.fromRight(l, -1, y[k]-lambda, lambda)
		low[k] = (-lambda - offset) / slope
		high[k] = (lambda + offsetR) / -slopeR
		tv.left, tv.right = l-1, r+1
		tv.set(tv.left, low[k], slope, offset+lambda)
		tv.set(tv.right, high[k], slopeR, offsetR+lambda)
	}
	_, slope, offset := tv.fromLeft(1, -lambda-y[n-1], 0)
	y[n-1] = -offset / slope
	for k := n - 2; k >= 0; k-- {
		y[k] = min(high[k], max(low[k], y[k+1]))
	}
}

// knots is a piecewise linear function: at position x[i], left ≤ i ≤ right, its slope changes by slope[i] and its offset
// by offset[i].
type knots struct {
	x, slope, offset []float64
	left, right      int
}

func newKnots(n int) *knots {
	return &knots{x: make([]float64, 2*n), slope: make([]float64, 2*n), offset: make([]float64, 2*n)}
}

func (k *knots) set(i int, x, slope, offset float64) {
	k.x[i], k.slope[i], k.offset[i] = x, slope, offset
}

// fromLeft walks from the left end, where the function is slope·x+offset, to the first knot where it exceeds level.
func (k *knots) fromLeft(slope, offset, level float64) (i int, s, o float64) {
	for i = k.left; i <= k.right && slope*k.x[i]+offset <= level; i++ {
		slope += k.slope[i]
		offset += k.offset[i]
	}
	return i, slope, offset
}

// fromRight walks from the right end, where the function is −(slope·x+offset), down to the last knot where it is below
// level, not beyond knot last.
func (k *knots) fromRight(last int, slope, offset, level float64) (i int, s, o float64) {
	for i = k.right; i >= last && -slope*k.x[i]-offset >= level; i-- {
		slope += k.slope[i]
		offset += k.offset[i]
	}
	return i, slope, offset
}
