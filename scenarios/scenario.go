// Package scenarios says what is learned, on what data and by which method. It holds the problem's definition and
// nothing else: how a loss, a label, a mask or an update is defined, never how a limit is solved or data are drawn.
// The two engines (theory, montecarlo) share this package and nothing more.
//
// Conventions, used everywhere: d is the dimension, n = αd the number of samples, K the number of student units, M of
// teacher units, data X = Z Σ^{1/2} with Z_ij ~ N(0, 1/d), weights have entries O(1) and are held as one vector a unit,
// ⟨a,b⟩ = aᵀb/d. See docs/theory.md, "The problem".
package scenarios

import (
	"slices"
	"strconv"
	"strings"
)

// A Scenario is one learning problem with the experiment that checks its theory. Load, Catalogue and Validate return
// it complete: every default is filled in and every combination is one the equations cover.
type Scenario struct {
	Name       string
	Title      string
	Source     string // where the setting is published; may be empty
	Data       Data
	Teacher    Teacher
	Student    Student
	Method     Method
	Init       Init
	Experiment Experiment
}

// Data is the law of one sample x, with covariance Σ/d.
type Data struct {
	Alpha      float64    // α, samples per dimension
	Covariance Covariance // Σ; Identity by default
	Mixture    *Mixture   // nil: centred data
	Entries    EntryLaw   // of sqrt(d) Z_ij; nil: standard normal
	Features   string     // a file NAME.npy, whose rows are the data; Covariance is that of the file then, and left to Validate
}

// A Mixture of Gaussian clusters around combinations of the teacher vectors v_m: x_i = Σ_m c_im v_m/d + sqrt(Δ_i) z_i, where
// c_i and Δ_i are those of the sample's cluster, and so is the label.
type Mixture struct {
	Positions [][]float64 // c of each cluster, clusters × M
	Weights   []float64   // probabilities, sum 1
	Labels    []float64   // y of each cluster
	Variance  []float64   // Δ of each cluster; a single one is that of all, and Validate makes it so many
}

// OneVariance reports whether all clusters have the same Δ.
func (m *Mixture) OneVariance() bool { return slices.Max(m.Variance) == slices.Min(m.Variance) }

// OnLine reports whether the clusters lie on the line of one teacher vector.
func (m *Mixture) OnLine() bool { return len(m.Positions[0]) == 1 }

// Teacher draws W* and turns its fields h = x·W* into a label y.
type Teacher struct {
	Units   int       // M
	Label   Label     // y = φ(h, noise); nil with a mixture
	Noise   Noise     // law of the label's noise
	Weights WeightLaw // law of the entries of W*, second moment 1
}

// Student is f(r) = Σ_k a_k activation(r_k + b_k) + c under a loss ℓ(f, y). Model is what it makes of samples.
type Student struct {
	Units         int // K
	Loss          Loss
	Activation    Activation
	OutputWeights []float64 // a, length K
	Biases        []float64 // b, length K; nil: 0
	Offset        float64   // c

	// Learning rates of a, b and c, which are the student's own parameters then (Parameter) and start at these values;
	// nil: fixed.
	OutputWeightRate, BiasRate, OffsetRate Schedule

	Dropout *Dropout // of hidden units in training; nil: none

	// Custom replaces all of this but the number of units by any function of the K fields. For Go callers; a YAML file
	// cannot set it.
	Custom Model
}

// Method is how the student learns: each part owns its settings and their defaults.
type Method struct {
	Optimizer Optimizer
	Batch     Mask // which samples a step uses, each with weight 1/Batch.Size(); nil: all
	Steps     int  // T; curves have T+1 points, W⁰ to Wᵀ

	Clip      float64 // largest norm of the gradient field, all units together; 0: any
	Normalise bool    // the gradient field has norm 1

	Average *Average // nil: W_t itself is observed
}

// Init is W⁰ = Overlap·W* + sqrt(Norm) ξ, ξ standard normal. The zero value stands for norm 1 without overlap; a start at
// W⁰ = 0 has an Overlap of zeros.
type Init struct {
	Overlap [][]float64 // K×M
	Norm    float64     // variance of the part independent of the teacher
}

// Experiment is how the scenario is checked.
type Experiment struct {
	Dims       []int
	Replicas   int         // at each dim but those in ReplicasAt; 0: 32
	ReplicasAt map[int]int // at some dims; may hold dims that are not in Dims
	Seed       uint64
	Functions  []Function // further quantities that the limit must predict
	Flow       int        // levels η, η/2, η/4, … of the gradient-flow study; 0: none
	Margin     float64    // equivalence margin, as a fraction of an observable's largest magnitude
	Margins    []Margin   // those of some observables, in its place
}

// A Margin is what an observable may be off by and still agree: a fraction of its scale or, if that is 0, an absolute
// number. A name without indices is that of all entries of a matrix.
type Margin struct {
	Observable         string
	Relative, Absolute float64
}

// Count is the number of replicas at dimension d.
func (x *Experiment) Count(d int) int {
	if n, ok := x.ReplicasAt[d]; ok {
		return n
	}
	return x.Replicas
}

// Total is the number of replicas at all Dims.
func (x *Experiment) Total() (total int) {
	for _, d := range x.Dims {
		total += x.Count(d)
	}
	return total
}

// Counts are the numbers of replicas at Dims for reading: "32", or "200, 100 and 16".
func (x *Experiment) Counts() string {
	var list []string
	for _, d := range x.Dims {
		list = append(list, strconv.Itoa(x.Count(d)))
	}
	last := len(list) - 1
	if len(slices.Compact(slices.Clone(list))) < 2 {
		return list[last]
	}
	return strings.Join(list[:last], ", ") + " and " + list[last]
}
