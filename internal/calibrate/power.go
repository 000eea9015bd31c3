package main

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"limitcheck/compare"
	"limitcheck/harness"
	"limitcheck/internal/trials"
	"limitcheck/theory"
)

// powers are the problems whose wrong theories must be told from the right one.
var powers = []study{
	{Scenario: "ridge-sgd", Steps: 10, Paths: 4096},
	{Scenario: "logistic-sgd", Steps: 10, Paths: 4096},
	{Scenario: "hinge-gd", Steps: 15, Paths: 4096},
	{Scenario: "committee-erf", Steps: 8, Paths: 4096},
	{Scenario: "logistic-heavy-ball-sgd", Steps: 10, Paths: 4096},
}

// The grid that is searched, and how.
var (
	ladders  = [][]int{{100, 200, 400, 800}, {250, 500, 1000, 2000}}
	replicas = []int{4, 8, 12, 16, 32, 64}
)

const (
	target    = 0.99 // power
	pilotRuns = 8    // verifications behind a prediction
	checkRuns = 100  // verifications behind a measured power
)

// grid is all ladders with all numbers of replicas, the cheapest first: a replica costs what its d is.
func grid(s study) (points []study) {
	for _, dims := range ladders {
		for _, r := range replicas {
			s.Dims, s.Replicas = dims, r
			points = append(points, s)
		}
	}
	slices.SortStableFunc(points, func(a, b study) int { return a.cost() - b.cost() })
	return points
}

func (s study) cost() (sum int) {
	for _, d := range s.Dims {
		sum += d * s.Replicas
	}
	return sum
}

type powerCmd struct{ output }

func (c *powerCmd) Run(ctx context.Context) error {
	file, err := trials.Open(c.Log)
	if err != nil {
		return err
	}
	defer file.Close()
	var results []*powered
	for _, s := range powers {
		if !strings.Contains(s.Scenario, c.Only) {
			continue
		}
		p, err := measure(ctx, file, s)
		if err != nil {
			return err
		}
		results = append(results, p)
	}
	if c.Only != "" {
		return nil
	}
	return c.write(powerReport(results))
}

// powered is what was found about one problem.
type powered struct {
	study
	mutants  []found
	diverged []string
	checks   []check
	alarms   []check // rejections of the right theory; nothing is predicted
}

// A found mutant: the cheapest point of the grid at which it is rejected with the target power.
type found struct {
	name    string
	shift   float64 // of its worst point, in units of the observable's scale
	visible bool
	at      study // Dims is nil if there is none in the grid
	check
}

// A check is a predicted power beside the measured one.
type check struct {
	at         study
	mutant     string
	predicted  float64
	rejections int // of checkRuns
}

// confirmed says whether the prediction meets the target and the measurement does not exclude it.
func (c check) confirmed() bool {
	_, high := rate(c.rejections).Interval(0.95)
	return c.predicted >= target && high >= target
}

// measure walks the grid from the cheapest point on until every visible mutant is rejected.
func measure(ctx context.Context, file *trials.Log, s study) (*powered, error) {
	result := &powered{study: s}
	points := grid(s)
	ablated, diverged, err := points[0].ablate(ctx)
	if err != nil {
		return nil, err
	}
	result.diverged = diverged
	for i, at := range points {
		at.ablated = ablated
		pilot, err := at.complete(ctx, file, pilotRuns)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			for _, m := range pilot[0].Mutants {
				result.mutants = append(result.mutants, found{name: m.Name, shift: m.Shift, visible: m.Visible})
			}
		}
		if err := result.visit(ctx, file, at, pilot); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(result.mutants, found.open) {
			break
		}
	}
	return result, nil
}

// open says that a mutant's point has not been found yet.
func (f found) open() bool { return f.visible && f.at.Dims == nil }

// visit predicts the power of every mutant at a point of the grid and, if one that is open might reach the target, measures
// that of all.
func (p *powered) visit(ctx context.Context, file *trials.Log, at study, pilot []trials.Trial) error {
	var predicted []float64
	worth := false
	for i, m := range p.mutants {
		predicted = append(predicted, predict(pilot, i))
		worth = worth || m.open() && predicted[i] >= target
	}
	if !worth {
		return nil
	}
	records, err := at.complete(ctx, file, checkRuns)
	if err != nil {
		return err
	}
	p.alarms = append(p.alarms, check{at: at, rejections: rejected(records, func(r trials.Trial) float64 { return r.PValue })})
	for i := range p.mutants {
		m := &p.mutants[i]
		c := check{at, m.name, predicted[i], rejected(records, func(r trials.Trial) float64 { return r.Mutants[i].PValue })}
		p.checks = append(p.checks, c)
		if m.open() && c.confirmed() {
			m.at, m.check = at, c
		}
	}
	return nil
}

func rejected(records []trials.Trial, pvalue func(trials.Trial) float64) (count int) {
	for _, r := range records {
		if pvalue(r) < compare.Level {
			count++
		}
	}
	return count
}

// predict approximates the power by that of the single point that is shifted most, in units of its standard error. The
// statistic there is a non-central t; the critical value is that of the largest |t| of all points.
func predict(pilot []trials.Trial, mutant int) float64 {
	inverse, critical := 0.0, 0.0
	for _, r := range pilot {
		separation := r.Mutants[mutant].Separation
		inverse += 1 / (separation * separation) / float64(len(pilot))
		critical += criticalValue(r) / float64(len(pilot))
	}
	return noncentral(1/math.Sqrt(inverse), critical, float64(pilot[0].Dof))
}

// criticalValue of max|t| at the level of the verdict, from that at 5 %: both tails of Student's t at it, times an
// effective number of independent points.
func criticalValue(r trials.Trial) float64 {
	t := distuv.StudentsT{Sigma: 1, Nu: float64(r.Dof)}
	points := 0.05 / t.Survival(r.Critical)
	return t.Quantile(1 - compare.Level/points)
}

// noncentral is P(|T| > critical) for T of that non-centrality, by the midpoints of 1000 slices of the χ² law.
func noncentral(noncentrality, critical, dof float64) (power float64) {
	const slices = 1000
	chi := distuv.ChiSquared{K: dof}
	for i := range slices {
		c := critical * math.Sqrt(chi.Quantile((float64(i)+0.5)/slices)/dof)
		power += (distuv.UnitNormal.Survival(c-noncentrality) + distuv.UnitNormal.CDF(-c-noncentrality)) / slices
	}
	return power
}

// ablate computes the wrong theories of a study, and names those that diverge.
func (s study) ablate(ctx context.Context) (list []compare.Ablated, diverged []string, err error) {
	p, err := s.scenario(ablationSeed)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range theory.Ablations() {
		limit, err := theory.Solve(ctx, p, theory.Settings{Paths: 4 * s.Paths, Seed: ablationSeed, Ablation: a})
		if errors.As(err, new(*theory.DivergenceError)) {
			diverged = append(diverged, string(a))
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		list = append(list, compare.Ablated{Name: string(a), Prediction: harness.Prediction(limit)})
	}
	return list, diverged, nil
}

// ablationSeed differs from every seed of a verification.
const ablationSeed = 7

// reason says why no observable can see a mutant.
func (s study) reason(mutant string) string {
	if p, err := s.scenario(ablationSeed); err == nil {
		if why := theory.Ablation(mutant).Blind(p); why != "" {
			return why
		}
	}
	return "not known"
}
