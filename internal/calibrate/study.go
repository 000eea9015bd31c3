package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"

	"limitcheck/compare"
	"limitcheck/harness"
	"limitcheck/internal/trials"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// A study is one kind of verification, to be repeated with fresh seeds.
type study struct {
	Scenario string // of the catalogue, or a name in problems
	Steps    int    // 0: the scenario's own
	Dims     []int
	Replicas int
	Paths    int  // of the theory, in each of 8 scramblings; the closed form has no use for it
	Probes   bool // compare the families of probes too

	// Ablated theories are computed once, not for every seed: power is a property of one wrong theory.
	ablated []compare.Ablated
}

func (s study) String() string {
	return fmt.Sprintf("%s, T = %d, d = %v, %d replicas", s.Scenario, s.Steps, s.Dims, s.Replicas)
}

// key names everything that the outcome depends on but the seed and the program.
func (s study) key() string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // numbers and strings
	}
	base, err := problem(s.Scenario)
	if err != nil {
		panic(err) // tested for every study
	}
	sum := sha256.Sum256(fmt.Appendf(text, "%s %d ablations", base.Hash(), len(s.ablated)))
	return hex.EncodeToString(sum[:8])
}

// problems are scenarios that the catalogue does not have.
var problems = map[string]string{
	"logistic-heavy-ball-sgd": `
name: logistic-heavy-ball-sgd
title: Logistic regression by heavy-ball SGD on mini-batches
data: {alpha: 2}
teacher: {label: sign}
student: {loss: logistic}
method: {kind: heavy-ball, learning_rate: 0.3, ridge: 0.1, momentum: 0.5, batch: {fraction: 0.4}, steps: 15}
init: {overlap: 0.1, norm: 1}
`,
}

func problem(name string) (*scenarios.Scenario, error) {
	if name == random {
		return combination(0)
	}
	if text, ok := problems[name]; ok {
		return scenarios.Parse(name+".yaml", []byte(text))
	}
	return scenarios.Find(name)
}

// scenario of one verification.
func (s study) scenario(seed uint64) (*scenarios.Scenario, error) {
	p, err := problem(s.Scenario)
	if s.Scenario == random {
		p, err = combination(seed)
	}
	if err != nil {
		return nil, err
	}
	if s.Steps > 0 {
		p.Method.Steps = s.Steps
	}
	p.Experiment.Dims, p.Experiment.Replicas, p.Experiment.ReplicasAt, p.Experiment.Seed = s.Dims, s.Replicas, nil, seed
	return p, p.Validate()
}

// verify runs one verification from its seed: theory, simulations and comparison, each with random numbers of its own.
func (s study) verify(ctx context.Context, seed uint64) (*compare.Comparison, error) {
	p, err := s.scenario(seed)
	if err != nil {
		return nil, err
	}
	r, err := harness.Verify(ctx, p, s.settings())
	return r.Comparison, err
}

// settings of one verification. The cores are shared by verifications.
func (s study) settings() harness.Settings {
	return harness.Settings{
		Theory:     theory.Settings{Paths: s.Paths},
		Simulation: montecarlo.Settings{Engine: montecarlo.Conditioning, Workers: 1},
		Comparison: compare.Settings{Resamples: s.draws(), Ablations: s.ablated},
		Ablations:  []theory.Ablation{}, // s.ablated has them
		CurvesOnly: !s.Probes,
	}
}

// draws behind a p-value. Either number meets the levels of 1 % and 5 % to a hundredth of them.
func (s study) draws() int {
	if s.ablated != nil {
		return 1000 // for each of the wrong theories too
	}
	return 4000
}

// firstSeed of every study; the others follow.
const firstSeed = 1001

// complete runs what is missing of the first n trials of a study.
func (s study) complete(ctx context.Context, log *trials.Log, n int) ([]trials.Trial, error) {
	return log.Complete(ctx, trials.Study{Name: s.String(), Key: s.key(), First: firstSeed,
		Progress: func(done, total int) {
			if done%20 == 0 && done < total {
				fmt.Printf("%s: %d of %d are done\n", s, done, total)
			}
		},
		Verify: func(ctx context.Context, seed uint64) (trials.Trial, error) {
			c, err := s.verify(ctx, seed)
			if err != nil {
				return trials.Trial{}, err
			}
			return s.trial(c), nil
		},
	}, n)
}

// trial is that of a comparison, with what the study's ablated theories came to.
func (s study) trial(c *compare.Comparison) trials.Trial {
	v := trials.New(c)
	v.Dof = (len(c.Dims)-len(c.Model.Dropped))*s.Replicas - c.Model.Order - 1 - c.Controls
	for i, a := range c.Ablations {
		v.Mutants = append(v.Mutants, trials.Mutant{Name: a.Name, PValue: a.PValue, Shift: a.Shift, Visible: a.Visible,
			Separation: separation(c, s.ablated[i])})
	}
	return v
}

// separation is the largest shift of an ablated theory in units of the standard error that its confrontation has, rounding
// included.
func separation(c *compare.Comparison, a compare.Ablated) (largest float64) {
	for t, row := range a.Prediction.Mean {
		for o, v := range row {
			floor := rounding * c.Bounds[o].Scale
			se := math.Sqrt(square(c.Extrapolated.SE[t][o]) + square(a.Prediction.StandardError[t][o]) + floor*floor)
			largest = max(largest, math.Abs(v-c.Theory.Value[t][o])/se)
		}
	}
	return largest
}

// rounding is compare's default for Settings.Rounding.
const rounding = 1e-9

func square(x float64) float64 { return x * x }
