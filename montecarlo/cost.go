package montecarlo

import (
	"math"

	"limitcheck/scenarios"
)

// datasetSize is the number of samples that are there at once: n, or bn if every batch is fresh.
func datasetSize(s *scenarios.Scenario, dim int) int {
	n := s.Data.Alpha * float64(dim)
	if s.Mask().Fresh() {
		n *= s.Method.Batch.Fraction
	}
	return int(math.Round(n))
}

// directions bounds the numbers of input and output directions that conditioning meets.
func directions(s *scenarios.Scenario) (inputs, outputs int) {
	teacher, student, steps := s.Teacher.Units, s.Student.Units, s.Method.Steps
	if s.Mask().Fresh() {
		return teacher + 2*student, student
	}
	return teacher + student*(steps+1), student * steps
}

// footprint is the memory of one replica in bytes.
func footprint(s *scenarios.Scenario, dim int, engine Engine, single bool) int64 {
	n, d := int64(datasetSize(s, dim)), int64(dim)
	student, teacher := int64(s.Student.Units), int64(s.Teacher.Units)
	states := student * int64(s.Optimizer().States())
	// The trainer's own vectors, and the population's.
	total := 8 * (d*(8*student+2*teacher+states+2) + n*(5*student+teacher+5) + int64(populationPoints(s, dim))*2*(student+teacher+2))
	if engine == Dense {
		return total + denseBytes(int(n), dim, single)
	}
	inputs, outputs := directions(s)
	return total + 8*(n+d)*int64(min(inputs, dim)+min(outputs, int(n))) + 16*(n+d)*student
}

// Choose returns the cheaper engine for the scenario at dimension dim.
func Choose(s *scenarios.Scenario, dim int) Engine { return Conditioning }
