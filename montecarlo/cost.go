package montecarlo

import (
	"math"

	"limitcheck/internal/machine"
	"limitcheck/scenarios"
)

// datasetSize is the number of samples that are there at once: n, or bn if every batch is fresh.
func datasetSize(s *scenarios.Scenario, dim int) int {
	n := s.Data.Alpha * float64(dim)
	if s.Method.Batch.Fresh() {
		n *= s.Method.Batch.Size()
	}
	return int(math.Round(n))
}

// directions bounds the numbers of input and output directions that conditioning meets.
func directions(s *scenarios.Scenario) (inputs, outputs int) {
	teacher, student, steps := s.Teacher.Units, s.Student.Units, s.Method.Steps
	if s.Method.Batch.Fresh() {
		queries := 2 // W and P
		if s.Method.Average != nil {
			queries++
		}
		return teacher + queries*student, student
	}
	if _, static := s.Method.Minimizer(); static {
		steps = mostConditioned
	}
	return teacher + student*(steps+1), student * steps
}

// footprint is the memory of one replica in bytes: Z, or the directions, and vectors. Vectors count one and a half times,
// for those that await collection. Sizes are floating-point numbers: at the ends of their ranges they are beyond integers.
func footprint(s *scenarios.Scenario, dim int, engine Engine, single bool) int64 {
	samples, points := datasetSize(s, dim), float64(populationPoints(s, dim))
	n, d := float64(samples), float64(dim)
	student, teacher, steps := float64(s.Student.Units), float64(s.Teacher.Units), float64(s.Method.Steps)
	probes := s.Probes()
	kernels, times := float64(probes.KernelSteps), float64(len(probes.Times))
	vectors := d*(student*(9+float64(s.Method.Optimizer.States()))+2*teacher+1) + n*(5*student+teacher+4) // trainer, dataset
	if m := s.Data.Mixture; m != nil {
		vectors += n * (student + 1) * (teacher - 1) // positions and weighted gradients beyond one direction
	}
	if s.Student.Dropout != nil {
		vectors += n + points // levels
	}
	vectors += n * float64(len(s.Student.Model().Parameters()))      // slopes
	vectors += points * (2*(student+teacher) + 3)                    // population
	vectors += student*(kernels*2*(d+2*n)+times*d) + 2*teacher*(d+n) // recorder
	if s.Method.Average != nil {
		vectors += student * (d + n)
	}
	if !s.Data.Covariance.Identity() {
		vectors += 5 * d // root
	}
	vectors += (steps + 1) * float64(len(s.Observables()))
	matrices := 1.0
	if !knowsFields(s) {
		held := float64(heldOutSize(s, samples))
		matrices += held / n
		vectors += held * (student + teacher + 4)
	}
	if engine == Dense {
		return machine.Bytes(8*1.5*vectors + matrices*denseBytes(samples, dim, s.Student.Units, single))
	}
	ways, answers := directions(s)
	inputs, outputs := min(float64(ways), d), min(float64(answers), n)
	element := 8.0
	if single {
		element = 4
	}
	vectors += student * (d + 3*n)
	vectors += 2 * student * (n + d) / blockRows * (inputs + outputs + student) // sums over blocks
	vectors += 2 * inputs * outputs                                             // Gram matrices
	return machine.Bytes(8*1.5*vectors + element*(n+d)*(inputs+outputs))
}

// Costs in nanoseconds on one core, fitted to both engines at d = 100 … 1600, T = 10 … 150, one and two units (AMD
// Zen 5). Only their ratios matter, and only near the crossover.
const (
	drawEntry       = 10   // an entry of Z: a normal, and its memory
	multiplyEntry   = 0.35 // an entry of Z in one step, both products, for each unit
	revealEntry     = 40   // an entry of a direction and its image: a normal, orthogonalisation against nothing
	projectionEntry = 0.6  // the same, for each other direction

	usualProducts = 60 // of a minimiser: from 30 for a smooth loss to thousands for kinks
)

// Choose returns the cheaper engine for the scenario at dimension dim. Dense costs O(ndT), conditioning O((n+d)T²), so
// dense wins below a d that grows as T. How many products a minimiser takes is not known before: it is met with the matrix.
func Choose(s *scenarios.Scenario, dim int) Engine {
	if _, static := s.Method.Minimizer(); static || !knowsFields(s) { // other entries can only be drawn
		return Dense
	}
	if Cost(s, dim, Dense) <= Cost(s, dim, Conditioning) {
		return Dense
	}
	return Conditioning
}

// Cost estimates the seconds that one replica takes on one core. It depends on its arguments alone; on another machine
// only ratios mean something.
func Cost(s *scenarios.Scenario, dim int, engine Engine) float64 {
	n, d, steps := float64(datasetSize(s, dim)), float64(dim), float64(s.Method.Steps)
	if _, static := s.Method.Minimizer(); static {
		steps = usualProducts
	}
	renewals := 1.0
	if s.Method.Batch.Fresh() {
		renewals, steps = steps, 1
	}
	if engine == Dense {
		cost := 1e-9 * renewals * n * d * (drawEntry + multiplyEntry*steps*float64(s.Student.Units))
		if !knowsFields(s) {
			cost *= 1 + float64(heldOutSize(s, int(n)))/n
		}
		return cost
	}
	inputs, outputs := directions(s)
	directions := float64(inputs+outputs) / 2
	return 1e-9 * renewals * (n + d) * directions * (revealEntry + projectionEntry*directions)
}
