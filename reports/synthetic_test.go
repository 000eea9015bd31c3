package reports

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"limitcheck/compare"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// synthetic is a comparison with known rates: mean = theory + a(t)/d, sd = s(t)/√d, and noise of the size that the
// standard errors claim. miss is added to theory, in units of each observable's scale, so that the verdict can be lost.
func synthetic(steps int, dims []int, miss float64) *compare.Comparison {
	c := &compare.Comparison{Verdict: compare.Agrees, Test: compare.Test{
		Observables: []string{"overlap", "norm", "cosine", "train_loss", "test_loss"},
		Dims:        dims, PValue: 0.41, MaxT: 1.9, Worst: compare.Point{Step: 3, Observable: "norm"}, Critical: 3.1,
	}}
	for t := range steps + 1 {
		c.Steps = append(c.Steps, t)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	const replicas = 32
	n := len(c.Observables)
	limit := func(t, j int) float64 {
		x := float64(t)
		return []float64{0.2 + 0.6*(1-math.Exp(-x/4)), 1.04 - 0.4*(1-math.Exp(-x/6)), 0.2 + 0.75*(1-math.Exp(-x/5)),
			0.15 + 0.8*math.Exp(-x/3), 0.25 + 0.8*math.Exp(-x/4)}[j]
	}
	rows := func(f func(t, j int) float64) [][]float64 {
		m := make([][]float64, steps+1)
		for t := range m {
			m[t] = make([]float64, n)
			for j := range m[t] {
				m[t][j] = f(t, j)
			}
		}
		return m
	}
	a := func(t, j int) float64 {
		return (0.5 + float64(j)) * 6 * (1 - math.Exp(-float64(t)/8)) * float64(1-2*(j%2))
	}
	// One slow random deviation a dim stands for the strong correlation along a trajectory.
	for range dims {
		c.Replicas = append(c.Replicas, replicas)
	}
	noise := make([]float64, n)
	walk := func(se float64, j int) float64 {
		noise[j] = 0.95*noise[j] + math.Sqrt(1-0.95*0.95)*rng.NormFloat64()
		return se * noise[j]
	}
	for _, d := range dims {
		sd := 0.7 / math.Sqrt(float64(d))
		se := sd / math.Sqrt(replicas)
		m := compare.DimSummary{Dim: d}
		m.Mean.Value = rows(func(t, j int) float64 { return limit(t, j) + a(t, j)/float64(d) + walk(se, j) })
		m.Mean.SE = rows(func(int, int) float64 { return se })
		m.Deviation = rows(func(int, int) float64 { return sd })
		c.Means = append(c.Means, m)
	}
	se := 1.6 * 0.7 / math.Sqrt(replicas*float64(dims[len(dims)-1]))
	c.Theory.Value = rows(func(t, j int) float64 { return limit(t, j) * (1 + miss) })
	c.Theory.SE = rows(func(t, j int) float64 { return 1e-4 * float64(t) / float64(steps) })
	c.Extrapolated.Value = rows(func(t, j int) float64 { return limit(t, j) + walk(0.8*se, j) })
	c.Extrapolated.SE = rows(func(int, int) float64 { return se })
	c.Correction.First.Value = rows(a)
	c.Correction.First.SE = rows(func(int, int) float64 { return 1.5 })
	for j, name := range c.Observables {
		size := largest(curve(c.Theory.Value, j))
		c.Bounds = append(c.Bounds, compare.Bound{Observable: name, Bound: c.Critical*se + math.Abs(miss)*size, Margin: 0.02 * size, Scale: size,
			Step: 4 * j, PValue: 0.1 + 0.15*float64(j), Adjusted: 0.5 + 0.1*float64(j)})
		c.UsableFrom = append(c.UsableFrom, compare.UsableDim{Observable: name, Tolerance: 0.01,
			Interval: compare.Interval{Estimate: 250 + 300*float64(j), Low: 250, High: 480 + 420*float64(j)}})
	}
	c.Fluctuation = rate(dims, -0.5, 0.7)
	c.Bias = rate(dims, -1, 8)
	if k := len(dims) - 1; k > 1 {
		c.Bias.Dropped = dims[k:]
		c.Bias.Values[k], c.Bias.Errors[k] = c.Bias.Values[k]*0.4, c.Bias.Values[k]*1.5
	}
	c.Ablations = []compare.AblationResult{
		{Name: string(theory.NoMemory), Verdict: compare.Disagrees, MaxT: 61.2, Shift: 0.21, Visible: true},
		{Name: string(theory.RedrawnNoise), Verdict: compare.Disagrees, PValue: 0.0004, MaxT: 7.3, Shift: 0.034, Visible: true},
		{Name: string(theory.DoubleBatch), Verdict: compare.Agrees, PValue: 0.41, MaxT: 1.9},
	}
	c.Model.Order, c.Model.LackOfFit = 1, 0.37
	c.Notes = []compare.Note{{Kind: compare.NoteModel, Text: "a note with a | and *stars*"}}
	return c
}

// withFamilies adds two families of probes; law's verdict is given by its corrected p-value.
func withFamilies(c *compare.Comparison, law float64) *compare.Comparison {
	for _, name := range []string{"two-time correlation", "law of weights"} {
		part := synthetic(5, c.Dims, 0)
		part.Observables, part.Bounds = []string{name}, part.Bounds[:1]
		part.Bounds[0].Observable, part.Bounds[0].Step, part.Bounds[0].Margin = name, 2, 1.5*part.Bounds[0].Bound
		f := compare.Family{Name: name, Test: part.Test, Adjusted: 0.6}
		for i := range 6 {
			f.Labels = append(f.Labels, fmt.Sprintf("X(%d,0)", i))
		}
		c.Families = append(c.Families, f)
	}
	w1 := rate(c.Dims, -0.5, 1)
	c.Families[1].Wasserstein, c.Families[1].Adjusted = &w1, law
	return c
}

func rate(dims []int, exponent, factor float64) compare.Rate {
	r := compare.Rate{Interval: compare.Interval{Estimate: exponent + 0.013, Low: exponent - 0.04, High: exponent + 0.066}, Resolved: true, Dims: dims}
	for i, d := range dims {
		v := factor * math.Pow(float64(d), exponent) * (1 + 0.02*math.Sin(float64(3*i)))
		r.Values = append(r.Values, v)
		r.Errors = append(r.Errors, v*0.05*float64(i+1))
	}
	return r
}

func syntheticKernels(steps int) *theory.Kernels {
	k := &theory.Kernels{Correlation: theory.NewKernel(steps+1, 1), WeightResponse: theory.NewKernel(steps, 1), GradientResponse: theory.NewKernel(steps, 1)}
	for t := range steps + 1 {
		for s := range steps + 1 {
			k.Correlation.Set(t, s, 0, 0, 0.7+0.3*math.Exp(-math.Abs(float64(t-s))/8)-0.2*math.Exp(-float64(s+t)/10))
			switch {
			case t == steps:
			case s < t:
				k.WeightResponse.Set(t, s, 0, 0, -0.1*math.Exp(-float64(t-s)/12))
				k.GradientResponse.Set(t, s, 0, 0, -0.2*math.Exp(-float64(t-s)/5))
			case s == t:
				k.GradientResponse.Set(t, s, 0, 0, 2.5)
			}
		}
	}
	return k
}

// problemOf is ridge regression under any name, valid in a file or not.
func problemOf(name, title string) *scenarios.Scenario {
	s, err := scenarios.Parse("synthetic.yaml", []byte(`
name: synthetic
data: {alpha: 3}
teacher: {label: linear}
student: {loss: square}
method: {kind: sgd, learning_rate: 0.1, ridge: 0.5, steps: 40}
init: {overlap: 0.2, norm: 1}
`))
	if err != nil {
		panic(err)
	}
	s.Name, s.Title = name, title
	return s
}

// everyBranch is a report with each verdict, a failure, and what else may be missing.
func everyBranch() *Report {
	dims := []int{250, 500, 1000, 2000}
	engines := map[int]string{250: "dense", 500: "dense", 1000: "dense", 2000: "conditioning"}
	agrees := synthetic(40, dims, 0)
	agrees.Controls = 6
	withFamilies(agrees, 0.3)
	disagrees := synthetic(40, dims, 0.03)
	disagrees.Verdict, disagrees.PValue, disagrees.MaxT = compare.Disagrees, 0, 12.3
	disagrees.UsableFrom, disagrees.Model.Order, disagrees.Model.Dropped = nil, 2, dims[:1]
	disagrees.Correction.Second = disagrees.Correction.First
	disagrees.Ablations[1].Verdict, disagrees.Ablations[1].PValue = compare.Agrees, 0.3
	disagrees.Begins = &compare.Point{Step: 2, Observable: disagrees.Observables[1]}
	disagrees.Diagnosis = []compare.Fit{{Name: "redrawn-noise", PValue: 0.3}}
	disagrees.Tried = 3
	open := synthetic(40, dims[:2], 0)
	open.Verdict = compare.Inconclusive
	open.Need = &compare.Need{Replicas: 2.9, TheorySamples: 1, Dim: 4000}
	open.Bounds[1].Bound = 1.5 * open.Bounds[1].Margin
	open.Fluctuation, open.Bias = compare.Rate{}, compare.Rate{Dims: dims[:2], Values: []float64{0.01, -0.002}, Errors: []float64{0.02, 0.02}, Dropped: dims[:2]}
	open.Ablations[0].Verdict = compare.Inconclusive
	return &Report{
		Title: "Every branch", Command: "limitcheck verify --suite quick", Version: "v0", Machine: "a machine", GoVersion: "go",
		Seconds: 75.2, Started: time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC),
		Sections: []Section{
			{Scenario: problemOf("ridge-gd", "Ridge regression, full batch"), Limit: &theory.Limit{Source: "closed form", Kernels: syntheticKernels(12)},
				Comparison: agrees, Engines: engines, Controls: []string{"init_teacher_0_0", "teacher_0_0", "init_0_0", "gradient_teacher_0_0", "gradient_init_0", "mine"}, TheorySeconds: 0.01, SimulationSeconds: 12},
			{Scenario: problemOf("wrong", "A theory that is off by 3 %"), Comparison: disagrees, Engines: engines, TheorySeconds: 3, SimulationSeconds: 90},
			{Scenario: problemOf("too-few", "Too *few* replicas | <b>here</b>"), Comparison: open},
			{Scenario: problemOf("diverges", "Weights that run away"), Err: errors.New("weights diverge at step 7 (d = 250, replica 3): |W| = 1e+300")},
		},
	}
}
