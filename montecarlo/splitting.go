package montecarlo

import (
	"math"

	"limitcheck/montecarlo/internal/kernel"
)

// negligible is the relative size of a residual below which a vector is taken to lie in the span of the directions: well
// above the rounding of a stored direction, so that two Gram–Schmidt passes keep the directions orthonormal, and the
// direction's image known, to rounding.
func negligible[T kernel.Float]() float64 {
	if _, single := any(T(0)).(float32); single {
		return 1e-6
	}
	return 1e-12
}

// A splitting is the work of writing vectors p_j over the directions of a side and new ones, by two Gram–Schmidt passes
// for all p_j together. A pass over the directions is a sweep; each sweep sees a block of rows once.
type splitting[T kernel.Float] struct {
	*side[T]
	p        [][]float64
	blocks   []float64      // sums over blocks, before they are added up
	passes   [2][][]float64 // [pass][j][k] coefficients over the directions
	square   []float64      // |p_j|²
	images   [][]float64    // products of the residuals, then of the new directions, with side.images
	gram     [][]float64    // of the residuals
	triangle [][]float64    // what is left of p_j = Σ_i triangle[j][i] new_i
	added    int            // new directions
}

func newSplitting[T kernel.Float](s *side[T], p [][]float64) *splitting[T] {
	return &splitting[T]{side: s, p: p, blocks: s.partials(len(p) * (s.basis.count + 1))}
}

// row is where block b of the sums of vector j goes.
func (s *splitting[T]) row(b, j, width int) []float64 {
	return s.blocks[(b*len(s.p)+j)*width:][:width]
}

// first is block b of the first pass: c = Qᵀ p.
func (s *splitting[T]) first(b, lo, hi int) {
	known := s.basis.count
	for j, x := range section(s.p, lo, hi) {
		row := s.row(b, j, known+1)
		s.basis.products(row[:known], b, x)
		row[known] = kernel.Dot(x, x)
	}
}

func (s *splitting[T]) sumFirst() {
	known, width := s.basis.count, s.basis.count+1
	sums := sumRows(s.blocks, len(s.p)*width)
	for j := range s.p {
		s.passes[0] = append(s.passes[0], sums[j*width:][:known:known])
		s.square = append(s.square, sums[j*width+known])
	}
	s.blocks = s.partials(len(s.p) * (known + s.side.images.count + len(s.p)))
}

// second is block b of the second pass: residual = p - Q c, and its products with the directions, with the images and
// with the other residuals.
func (s *splitting[T]) second(b, lo, hi int) {
	known, end := s.basis.count, s.basis.count+s.side.images.count
	residual := section(s.residual[:len(s.p)], lo, hi)
	for j, x := range section(s.p, lo, hi) {
		copy(residual[j], x)
		s.basis.addCombination(residual[j], b, -1, s.passes[0][j])
		row := s.row(b, j, end+len(s.p))
		s.basis.products(row[:known], b, residual[j])
		s.side.images.products(row[known:end], b, residual[j])
		for i := range j + 1 {
			row[end+i] = kernel.Dot(residual[i], residual[j])
		}
	}
}

func (s *splitting[T]) sumSecond() {
	known, end := s.basis.count, s.basis.count+s.side.images.count
	width := end + len(s.p)
	sums := sumRows(s.blocks, len(s.p)*width)
	for j := range s.p {
		row := sums[j*width:][:width]
		s.passes[1] = append(s.passes[1], row[:known:known])
		s.images = append(s.images, row[known:end:end])
		s.gram = append(s.gram, row[end:])
	}
}

// orthonormalise finds the combinations of the residuals that are the new directions: the Cholesky factor of their
// Gram matrix after both passes. If they are too nearly parallel for that it reports false, and nothing is done.
func (s *splitting[T]) orthonormalise() bool {
	tolerance := negligible[T]()
	s.triangle = make([][]float64, len(s.p))
	var from []int // from[i] is the residual that adds new direction i
	for j := range s.p {
		row := make([]float64, len(from), len(s.p))
		for i, parent := range from {
			x := s.gram[j][parent] - kernel.Dot(s.passes[1][j], s.passes[1][parent])
			row[i] = (x - kernel.Dot(row[:i], s.triangle[parent][:i])) / s.triangle[parent][i]
		}
		s.triangle[j] = row
		square := s.gram[j][j] - kernel.Dot(s.passes[1][j], s.passes[1][j])
		if !(square > tolerance*tolerance*s.square[j]) {
			continue
		}
		rest := square - kernel.Dot(row, row)
		if len(from) > 0 && !(rest > 0.01*square) {
			return false
		}
		s.triangle[j] = append(row, math.Sqrt(rest))
		from = append(from, j)
	}
	s.added = len(from)
	s.newImages(from)
	return true
}

// newImages turns the products of the residuals with the images into those of the new directions.
func (s *splitting[T]) newImages(from []int) {
	images := make([][]float64, len(from))
	for i, j := range from {
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
}

// append writes block b of the new directions, the first of which is number known.
func (s *splitting[T]) append(b, lo, hi, known int) {
	added := 0
	for j, x := range section(s.residual[:len(s.p)], lo, hi) {
		if len(s.triangle[j]) == added {
			continue // adds none
		}
		s.basis.addCombination(x, b, -1, s.passes[1][j])
		for i, c := range s.triangle[j][:added] {
			kernel.Axpy(x, -c, s.basis.column(b, known+i))
		}
		scale := 1 / s.triangle[j][added]
		for i, v := range x {
			s.basis.column(b, known+added)[i] = T(scale * v)
		}
		added++
	}
}

// coefficients of p_j over the old directions and the new.
func (s *splitting[T]) coefficients() [][]float64 {
	c := make([][]float64, len(s.p))
	for j := range c {
		c[j] = append(s.passes[0][j], s.triangle[j]...)
		kernel.Axpy(c[j][:len(s.passes[1][j])], 1, s.passes[1][j])
	}
	return c
}
