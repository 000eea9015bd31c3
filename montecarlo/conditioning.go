package montecarlo

import (
	"math"

	"limitcheck/montecarlo/internal/kernel"
)

// conditioning is Z revealed as it is used, exactly in law at finite d (docs/theory.md, "Finite d, exactly").
//
// What is known of Z is its action on the directions met so far: orthonormal inputs q_k with their images Z q_k, and
// orthonormal outputs f_l with their images Zᵀ f_l. Given these, Z is still Gaussian and independent on the orthogonal
// complements. A product with a new vector splits the vector over the known directions and one new one, whose image is
//
//	Z q = Σ_l f_l (Zᵀf_l · q) + (I - Σ_l f_l f_lᵀ) z,   z ~ N(0, I/d),
//
// and Zᵀ g is the mirror image. D directions take O((n+d)D) memory and O((n+d)D²) time. The d-side and the n-side
// are the same code.
type conditioning struct {
	input, output *side
	pool          pool

	// draw fills dst with rows lo, lo+1, … of the fresh vector z of the k-th direction of the input side (whose image is
	// an n-vector) or output side (a d-vector).
	draw func(dst []float64, from *side, k, lo int)

	r, g [][]float64
}

// A side is what is known on one side of Z: d coordinates (input) or n samples (output).
type side struct {
	basis  *panel // orthonormal directions of this side
	images *panel // of the other side's directions
	// gram[k][l] = basis_k · images_l. It equals f_l · Z q_k, so both sides hold the same numbers; in the orthonormal
	// gauge they are the memory kernels.
	gram [][]float64

	residual [][]float64 // of the vectors being split
	partial  []float64   // sums over blocks, before they are added up in order
}

// negligible is the relative size of a residual below which a vector is taken to lie in the span of the directions.
// Two Gram–Schmidt passes keep the directions orthonormal to rounding down to here.
const negligible = 1e-12

// newConditioning knows nothing of Z yet. inputs and outputs bound the number of directions on either side.
func newConditioning(n, d, inputs, outputs int, key streamKey, p pool) *conditioning {
	inputs, outputs = min(inputs, d), min(outputs, n)
	c := &conditioning{
		input:  &side{basis: newPanel(d, inputs), images: newPanel(d, outputs)},
		output: &side{basis: newPanel(n, outputs), images: newPanel(n, inputs)},
		pool:   p,
	}
	scale := 1 / math.Sqrt(float64(d))
	c.draw = func(dst []float64, from *side, k, lo int) {
		purpose := forInputDirection
		if from == c.output {
			purpose = forOutputDirection
		}
		stream := key.stream(purpose, uint64(k), uint64(lo/blockRows))
		for i := range dst {
			dst[i] = scale * stream.NormFloat64()
		}
	}
	return c
}

func (c *conditioning) step(u, p [][]float64, gradients func(lo, hi int, g, r [][]float64)) {
	units, n := len(p), c.output.basis.rows
	if len(c.r) < units {
		c.r, c.g = newVectors(units, n), newVectors(units, n)
	}
	r, g := c.r[:units], c.g[:units]
	c.multiply(c.input, c.output, r, p, func(lo, hi int) {
		gradients(lo, hi, section(g, lo, hi), section(r, lo, hi))
	})
	c.multiply(c.output, c.input, u, g, nil)
}

func (c *conditioning) fields(r, p [][]float64) {
	c.multiply(c.input, c.output, r, p, nil)
}

// multiply writes Z p (from the input side) or Zᵀ p (from the output side) into dst. As soon as rows [lo, hi) are
// there, done is called with them.
func (c *conditioning) multiply(from, to *side, dst, p [][]float64, done func(lo, hi int)) {
	known := from.basis.count
	coefficients := c.split(from, to, p)
	corrections := c.drawImages(from, to, known)
	to.images.count = from.basis.count
	c.pool.each(to.images.blocks(), func(b int) {
		lo, hi := to.images.bounds(b)
		for j, correction := range corrections {
			to.basis.addCombination(to.images.column(b, known+j), b, 1, correction)
		}
		for j, x := range section(dst, lo, hi) {
			clear(x)
			to.images.addCombination(x, b, 1, coefficients[j])
		}
		if done != nil {
			done(lo, hi)
		}
	})
}

// split writes each p_j as a combination of from's directions, to which it appends what is new in p.
func (c *conditioning) split(from, to *side, p [][]float64) (coefficients [][]float64) {
	s := newSplitting(from, p)
	s.first(c.pool)
	s.second(c.pool)
	if !s.orthonormalise() {
		// Nearly parallel residuals: the joint passes would lose digits. One at a time, each vector sees those before it.
		for j := range p {
			coefficients = append(coefficients, c.split(from, to, p[j:j+1])[0])
		}
		return coefficients
	}
	s.store(c.pool)
	for _, row := range s.images {
		from.gram = append(from.gram, row)
		for l, x := range row {
			to.gram[l] = append(to.gram[l], x)
		}
	}
	return s.coefficients()
}

// drawImages draws the fresh vector z of each of from's directions known, known+1, … in the place of its image, and
// returns the combination of to's directions that makes it the image.
func (c *conditioning) drawImages(from, to *side, known int) (corrections [][]float64) {
	fresh, width := from.basis.count-known, to.basis.count
	partial := to.partials(fresh * width)
	if fresh > 0 {
		c.pool.each(to.images.blocks(), func(b int) {
			lo, _ := to.images.bounds(b)
			for j := range fresh {
				z := to.images.column(b, known+j)
				c.draw(z, from, known+j, lo)
				to.basis.products(partial[(b*fresh+j)*width:][:width], b, z)
			}
		})
	}
	sums := sumRows(partial, fresh*width)
	for j := range fresh {
		correction := sums[j*width:][:width]
		for l, x := range from.gram[known+j] {
			correction[l] = x - correction[l]
		}
		corrections = append(corrections, correction)
	}
	return corrections
}

// partials returns room for width sums in each block.
func (s *side) partials(width int) []float64 {
	if size := width * s.basis.blocks(); cap(s.partial) < size {
		s.partial = make([]float64, 2*size)
	}
	return s.partial[:width*s.basis.blocks()]
}

// sumRows adds up rows of the given width, in order.
func sumRows(rows []float64, width int) []float64 {
	sums := make([]float64, width)
	for ; len(rows) > 0 && width > 0; rows = rows[width:] {
		for i, x := range rows[:width] {
			sums[i] += x
		}
	}
	return sums
}

// A splitting is the work of writing vectors p_j over the directions of a side and new ones, by two Gram–Schmidt passes
// for all p_j together.
type splitting struct {
	*side
	p        [][]float64
	passes   [2][][]float64 // [pass][j][k] coefficients
	square   []float64      // |p_j|²
	images   [][]float64    // products of the residuals, then of the new directions, with side.images
	gram     [][]float64    // of the residuals after both passes
	triangle [][]float64    // residual_j = Σ_i triangle[j][i] new_i
	added    int
}

func newSplitting(s *side, p [][]float64) *splitting {
	for len(s.residual) < len(p) {
		s.residual = append(s.residual, make([]float64, s.basis.rows))
	}
	return &splitting{side: s, p: p}
}

// first pass: c = Qᵀ p.
func (s *splitting) first(p pool) {
	known, width := s.basis.count, s.basis.count+1
	stride := len(s.p) * width
	partial := s.partials(stride)
	p.each(s.basis.blocks(), func(b int) {
		lo, hi := s.basis.bounds(b)
		for j, x := range section(s.p, lo, hi) {
			row := partial[b*stride+j*width:][:width]
			s.basis.products(row, b, x)
			row[known] = kernel.Dot(x, x)
		}
	})
	sums := sumRows(partial, stride)
	for j := range s.p {
		s.passes[0] = append(s.passes[0], sums[j*width:][:known:known])
		s.square = append(s.square, sums[j*width+known])
	}
}

// second pass: residual = p - Q c, and its products with the directions, the images and the other residuals.
func (s *splitting) second(p pool) {
	known, images := s.basis.count, s.side.images.count
	units := len(s.p)
	width := known + images + units
	stride := units * width
	partial := s.partials(stride)
	p.each(s.basis.blocks(), func(b int) {
		lo, hi := s.basis.bounds(b)
		residual := section(s.residual[:units], lo, hi)
		for j, x := range section(s.p, lo, hi) {
			copy(residual[j], x)
			s.basis.addCombination(residual[j], b, -1, s.passes[0][j])
			row := partial[b*stride+j*width:][:width]
			s.basis.products(row, b, residual[j])
			s.side.images.products(row[known:], b, residual[j])
			for i := range j + 1 {
				row[known+images+i] = kernel.Dot(residual[i], residual[j])
			}
		}
	})
	sums := sumRows(partial, stride)
	for j := range units {
		row := sums[j*width:][:width]
		s.passes[1] = append(s.passes[1], row[:known:known])
		s.images = append(s.images, row[known:known+images:known+images])
		s.gram = append(s.gram, row[known+images:])
	}
}

// orthonormalise finds the combinations of the residuals that are the new directions: the Cholesky factor of their
// Gram matrix. It reports false, and nothing is done, if they are too nearly parallel for that.
func (s *splitting) orthonormalise() bool {
	units := len(s.p)
	s.triangle = make([][]float64, units)
	var directions []int // residuals that add one
	for j := range units {
		s.triangle[j] = make([]float64, len(directions), units)
		for i, direction := range directions {
			x := s.gram[j][direction] - kernel.Dot(s.passes[1][j], s.passes[1][direction])
			x -= kernel.Dot(s.triangle[j][:i], s.triangle[direction][:i])
			s.triangle[j][i] = x / s.triangle[direction][i]
		}
		square := s.gram[j][j] - kernel.Dot(s.passes[1][j], s.passes[1][j])
		if !(square > negligible*negligible*s.square[j]) {
			continue
		}
		rest := square - kernel.Dot(s.triangle[j], s.triangle[j])
		if !(rest > 0.01*square) && len(directions) > 0 {
			return false
		}
		s.triangle[j] = append(s.triangle[j], math.Sqrt(rest))
		directions = append(directions, j)
	}
	s.added = len(directions)
	images := make([][]float64, s.added)
	for i, j := range directions {
		images[i] = s.images[j]
		for k, c := range s.passes[1][j] {
			kernel.Axpy(images[i], -c, s.side.gram[k])
		}
		for l, c := range s.triangle[j][:i] {
			kernel.Axpy(images[i], -c, images[l])
		}
		for l := range images[i] {
			images[i][l] /= s.triangle[j][i]
		}
	}
	s.images = images
	return true
}

// store appends the new directions to the basis.
func (s *splitting) store(p pool) {
	if s.added == 0 {
		return
	}
	known := s.basis.count
	p.each(s.basis.blocks(), func(b int) {
		lo, hi := s.basis.bounds(b)
		added := 0
		for j, residual := range section(s.residual[:len(s.p)], lo, hi) {
			if len(s.triangle[j]) == added {
				continue
			}
			x := s.basis.column(b, known+added)
			copy(x, residual)
			s.basis.addCombination(x, b, -1, s.passes[1][j])
			for i, c := range s.triangle[j][:added] {
				kernel.Axpy(x, -c, s.basis.column(b, known+i))
			}
			scale := 1 / s.triangle[j][added]
			for i := range x {
				x[i] *= scale
			}
			added++
		}
	})
	s.basis.count += s.added
}

// coefficients of p_j over the old directions and the new.
func (s *splitting) coefficients() [][]float64 {
	c := make([][]float64, len(s.p))
	for j := range c {
		c[j] = append(s.passes[0][j], s.triangle[j]...)
		kernel.Axpy(c[j][:len(s.passes[1][j])], 1, s.passes[1][j])
	}
	return c
}

func newVectors(count, length int) [][]float64 {
	x := make([][]float64, count)
	for i := range x {
		x[i] = make([]float64, length)
	}
	return x
}

// section returns entries [lo, hi) of each vector.
func section(x [][]float64, lo, hi int) [][]float64 {
	s := make([][]float64, len(x))
	for i := range x {
		s[i] = x[i][lo:hi:hi]
	}
	return s
}
