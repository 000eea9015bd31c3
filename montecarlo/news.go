package montecarlo

import "limitcheck/montecarlo/internal/kernel"

// news is what a product with Z told that nothing before it did. Given the past, the image of the j-th new direction is
// known up to fresh[j], whose entries are Gaussian with mean 0 and variance spread[i]/d, independent between directions:
// (I - Σ_l f_l f_lᵀ) z. So is the product with vector k, up to Σ_j mix[k][j] fresh[j].
type news struct {
	fresh  [][]float64 // [new direction]
	mix    [][]float64 // [vector][new direction]
	spread []float64   // 1 - Σ_l f_li², over the directions f_l known before the step
	room   [][]float64
}

// A watched matrix tells what was new in the last step's fields and gradient fields.
type watched interface {
	watched() (fields, gradients *news)
	watching() bool // whether it keeps them
}

func (c *conditioning[T]) watching() bool { return c.watch }

func (c *conditioning[T]) watched() (fields, gradients *news) { return &c.output.news, &c.input.news }

// begin makes room for the product whose vectors have these coefficients, the directions known … count-1 being new.
func (n *news) begin(rows int, coefficients [][]float64, known, count int) {
	for len(n.room) < count-known {
		n.room = append(n.room, make([]float64, rows))
	}
	n.fresh, n.mix = n.room[:count-known], make([][]float64, len(coefficients))
	for k, c := range coefficients {
		n.mix[k] = make([]float64, count-known)
		copy(n.mix[k], c[min(known, len(c)):])
	}
}

// weigh brings the spread of a side's news up to date.
func (s *side[T]) weigh() {
	if s.news.spread == nil {
		s.news.spread = make([]float64, s.basis.rows)
		for i := range s.news.spread {
			s.news.spread[i] = 1
		}
	}
	for ; s.weighed < s.basis.count; s.weighed++ {
		for b := range blockCount(s.basis.rows) {
			spread := s.news.spread[b*blockRows:]
			for i, f := range s.basis.column(b, s.weighed) {
				spread[i] = max(0, spread[i]-float64(f)*float64(f))
			}
		}
	}
}

// of writes what is new in vector k into dst.
func (n *news) of(dst []float64, k, lo, hi int) {
	clear(dst)
	for j, x := range n.fresh {
		kernel.Axpy(dst, n.mix[k][j], x[lo:hi])
	}
}

// covariance of what is new in vectors k and l, at spread d.
func (n *news) covariance(k, l int) float64 { return kernel.Dot(n.mix[k], n.mix[l]) }
