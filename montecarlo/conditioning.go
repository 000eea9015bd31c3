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
// and Zᵀ g is the mirror image: both sides are the same code. D directions take O((n+d)D) memory and O((n+d)D²) time,
// nearly all of it sweeps over the stored directions, so what can share a sweep does.
//
// Directions are stored as T; sums are in double precision.
type conditioning[T kernel.Float] struct {
	input, output *side[T]
	pool          pool
	r, g          [][]float64

	// draw fills dst with rows lo, lo+1, … of the fresh vector z of the k-th direction of the input side (whose image is
	// an n-vector) or of the output side (a d-vector). The same arguments give the same numbers.
	draw func(dst []float64, input bool, k, lo int)
	// drawAhead draws z before its direction is known, in a sweep that takes place anyway.
	drawAhead bool
	// watch keeps what is new in each product of a step: see news.
	watch bool
}

// A side is what is known on one side of Z: d coordinates (input) or n samples (output).
type side[T kernel.Float] struct {
	input  bool
	basis  *panel[T] // orthonormal directions of this side
	images *panel[T] // of the other side's directions
	// gram[k][l] = basis_k · images_l. That is f_l · Z q_k on either side: in the orthonormal gauge, the memory kernels.
	gram [][]float64

	residual [][]float64 // of the vectors being split
	partial  []float64   // sums over blocks, before they are added up in order
	drawn    *drawing[T] // the last
	news     news        // of the last product onto this side, if it is watched
	weighed  int         // directions that news.spread knows of
}

// newConditioning knows nothing of Z yet. inputs and outputs bound the number of directions on either side, units the
// number of vectors in a step.
func newConditioning[T kernel.Float](n, d, inputs, outputs, units int, key streamKey, p pool) *conditioning[T] {
	inputs, outputs = min(inputs, d), min(outputs, n)
	scale := 1 / math.Sqrt(float64(d))
	panels := newPanels[T]([4][2]int{{d, inputs}, {d, outputs}, {n, outputs}, {n, inputs}})
	return &conditioning[T]{
		input:     newSide(true, d, panels[0], panels[1], units),
		output:    newSide(false, n, panels[2], panels[3], units),
		r:         newVectors(units, n),
		g:         newVectors(units, n),
		pool:      p,
		drawAhead: true,
		draw: func(dst []float64, input bool, k, lo int) {
			purpose := forOutputDirection
			if input {
				purpose = forInputDirection
			}
			stream := key.stream(purpose, uint64(k), uint64(lo/blockRows))
			for i := range dst {
				dst[i] = scale * stream.NormFloat64()
			}
		},
	}
}

func newSide[T kernel.Float](input bool, rows int, basis, images *panel[T], units int) *side[T] {
	return &side[T]{input: input, basis: basis, images: images, residual: newVectors(units, rows), drawn: &drawing[T]{}}
}

// newPanels makes panels of these rows and capacities, or, if there is no memory for all of them, none.
func newPanels[T kernel.Float](sizes [4][2]int) (panels [4]*panel[T]) {
	complete := false
	defer func() {
		for _, p := range panels {
			if p != nil && !complete {
				p.free()
			}
		}
	}()
	for i, size := range sizes {
		panels[i] = newPanel[T](size[0], size[1])
	}
	complete = true
	return panels
}

func (c *conditioning[T]) free() {
	for _, s := range []*side[T]{c.input, c.output} {
		s.basis.free()
		s.images.free()
	}
}

func (c *conditioning[T]) step(u, p [][]float64, gradients func(lo, hi int, g, r [][]float64)) {
	r, g := c.r[:len(p)], c.g[:len(p)]
	if c.watch {
		c.output.weigh()
	}
	gradient := newSplitting(c.output, g)
	c.multiply(r, c.input, c.output, c.splitting(c.input, p), func(b, lo, hi int) {
		gradients(lo, hi, section(g, lo, hi), section(r, lo, hi))
		gradient.first(b, lo, hi)
	})
	gradient.sumFirst()
	if c.watch {
		c.input.weigh()
	}
	c.multiply(u, c.output, c.input, gradient, nil)
}

func (c *conditioning[T]) fields(r, p [][]float64) {
	for k := range p { // one by one: there may be more of them than units
		c.multiply(r[k:k+1], c.input, c.output, c.splitting(c.input, p[k:k+1]), nil)
	}
}

// sweep calls f for each block b, rows lo … hi-1, of a side.
func (c *conditioning[T]) sweep(s *side[T], f func(b, lo, hi int)) {
	rows := s.basis.rows
	c.pool.each(blockCount(rows), func(b int) { f(b, b*blockRows, min((b+1)*blockRows, rows)) })
}

// multiply writes Z p (from the input side) or Zᵀ p (from the output side) into dst, for the p that is being split. As
// soon as a block is there, done is called with it.
func (c *conditioning[T]) multiply(dst [][]float64, from, to *side[T], p *splitting[T], done func(b, lo, hi int)) {
	known := from.basis.count
	coefficients := c.split(from, to, p)
	corrections := c.corrections(from, to, known)
	to.images.count = from.basis.count
	if c.watch {
		to.news.begin(to.basis.rows, coefficients, known, from.basis.count)
	}
	c.sweep(to, func(b, lo, hi int) {
		var buffer [blockRows]float64
		image := buffer[:hi-lo]
		for j, correction := range corrections {
			convert(image, to.images.column(b, known+j))
			to.basis.addCombination(image, b, 1, correction)
			convert(to.images.column(b, known+j), image)
			if c.watch {
				fresh := to.news.fresh[j][lo:hi]
				copy(fresh, image)
				to.basis.addCombination(fresh, b, -1, from.gram[known+j])
			}
		}
		for j, x := range section(dst, lo, hi) {
			clear(x)
			to.images.addCombination(x, b, 1, coefficients[j])
		}
		if done != nil {
			done(b, lo, hi)
		}
	})
}

// corrections returns, for each of from's directions known, known+1, …, the combination of to's directions that turns
// the fresh z in the place of its image into the image.
func (c *conditioning[T]) corrections(from, to *side[T], known int) [][]float64 {
	fresh := from.basis.count - known
	if fresh == 0 {
		return nil
	}
	if !to.drawn.serves(known, fresh) {
		to.drawn = newDrawing(to, known, fresh)
		c.sweep(to, func(b, lo, _ int) { to.drawn.block(b, lo, c.draw) })
		to.drawn.sum()
	}
	corrections := to.drawn.products[:fresh]
	for j, correction := range corrections {
		for l, x := range from.gram[known+j] {
			correction[l] = x - correction[l]
		}
	}
	return corrections
}

// splitting begins to split p over from's directions.
func (c *conditioning[T]) splitting(from *side[T], p [][]float64) *splitting[T] {
	s := newSplitting(from, p)
	c.sweep(from, s.first)
	s.sumFirst()
	return s
}

// split ends a splitting: it appends to from's directions what is new and returns the coefficients of each vector.
func (c *conditioning[T]) split(from, to *side[T], s *splitting[T]) (coefficients [][]float64) {
	c.sweep(from, s.second)
	s.sumSecond()
	if !s.orthonormalise() {
		// Nearly parallel residuals: the joint passes would lose digits. One at a time, each vector sees those before it.
		for j := range s.p {
			coefficients = append(coefficients, c.split(from, to, c.splitting(from, s.p[j:j+1]))[0])
		}
		return coefficients
	}
	if s.added > 0 {
		known := from.basis.count
		from.basis.count += s.added
		ahead := 0
		if c.drawAhead {
			ahead = len(s.p)
		}
		from.drawn = newDrawing(from, to.basis.count, ahead)
		c.sweep(from, func(b, lo, hi int) {
			s.append(b, lo, hi, known)
			from.drawn.block(b, lo, c.draw)
		})
		from.drawn.sum()
	}
	for _, row := range s.images {
		from.gram = append(from.gram, row)
		for l, x := range row {
			to.gram[l] = append(to.gram[l], x)
		}
	}
	return s.coefficients()
}

// A drawing is fresh vectors z for the images first, first+1, … of a side, put where the images will be, and their
// products with the basis.
type drawing[T kernel.Float] struct {
	side         *side[T]
	first, count int
	width        int // of the basis then
	partial      []float64
	products     [][]float64
}

func newDrawing[T kernel.Float](s *side[T], first, count int) *drawing[T] {
	d := &drawing[T]{side: s, first: first, count: min(count, s.images.capacity-first), width: s.basis.count}
	d.partial = s.partials(d.count * d.width)
	return d
}

// serves reports whether images first … first+count-1 are drawn and their products are complete.
func (d *drawing[T]) serves(first, count int) bool {
	return d.products != nil && d.first == first && d.count >= count && d.width == d.side.basis.count
}

func (d *drawing[T]) block(b, lo int, draw func(dst []float64, input bool, k, lo int)) {
	var buffer [blockRows]float64
	for j := range d.count {
		column := d.side.images.column(b, d.first+j)
		z := buffer[:len(column)]
		draw(z, !d.side.input, d.first+j, lo)
		convert(column, z)
		d.side.basis.products(d.partial[(b*d.count+j)*d.width:][:d.width], b, z)
	}
}

func (d *drawing[T]) sum() {
	sums := sumRows(d.partial, d.count*d.width)
	for j := range d.count {
		d.products = append(d.products, sums[j*d.width:][:d.width:d.width])
	}
}

// partials returns room for width sums in each block. A side has one such room.
func (s *side[T]) partials(width int) []float64 {
	size := width * blockCount(s.basis.rows)
	if cap(s.partial) < size {
		s.partial = make([]float64, 2*size)
	}
	return s.partial[:size]
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

func convert[D, S kernel.Float](dst []D, src []S) {
	for i, x := range src {
		dst[i] = D(x)
	}
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
