package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"limitcheck/internal/trials"
)

// calibrationReport tells how often right theories were rejected.
func calibrationReport(results []calibrated) []byte {
	var b bytes.Buffer
	b.WriteString(`# False alarms

Every line is a study: verifications of a right theory, each with a seed of its own for the simulations (conditioning
engine), for the theory and for the draws of the test. *p < 1 %* is the rate at which a right theory is called wrong.
Brackets are exact binomial 95 % intervals; the one of a right rate misses it one time in twenty, so some do. KS is
Kolmogorov and Smirnov's test of the p-values against the uniform law: its distance and p-value.
docs/statistics.md says what is tested; ` + "`make calibrate`" + ` makes this file.

## The curves

| scenario | T | d | replicas | verifications | p < 1 % | p < 5 % | KS | smallest d left out |
|---|---|---|---|---|---|---|---|---|
`)
	var all []float64
	for _, r := range results {
		p := r.pvalues(func(v trials.Trial) float64 { return v.PValue })
		all = append(all, p...)
		dropped := 0
		for _, v := range r.records {
			if v.Dropped > 0 {
				dropped++
			}
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %d | %d | %s | %s | %s | %d times |\n", r.Scenario, r.Steps, ladder(r.Dims), r.Replicas, len(p),
			trials.Below(p, 0.01), trials.Below(p, 0.05), uniformity(p), dropped)
	}
	fmt.Fprintf(&b, "| **all** | | | | %d | %s | %s | %s | |\n", len(all), trials.Below(all, 0.01), trials.Below(all, 0.05), uniformity(all))

	b.WriteString("\nHow many p-values lie in each tenth:\n\n| scenario | d |")
	for i := range 10 {
		fmt.Fprintf(&b, " %.1f–%.1f |", float64(i)/10, float64(i+1)/10)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", 10) + "\n")
	for _, r := range results {
		fmt.Fprintf(&b, "| %s | %s |", r.Scenario, ladder(r.Dims))
		var tenths [10]int
		for _, v := range r.records {
			tenths[min(9, int(10*v.PValue))]++
		}
		for _, n := range tenths {
			fmt.Fprintf(&b, " %d |", n)
		}
		b.WriteString("\n")
	}
	familyTable(&b, results)
	return b.Bytes()
}

// familyTable is about the probes and the joint verdict.
func familyTable(b *bytes.Buffer, results []calibrated) {
	b.WriteString(`
## The families of probes

In these verifications the families are tested too. *Joint* is the smallest p-value of the curves and the families after
Holm's correction: what decides the verdict. Its rates may stay below the level, not exceed it, and it is not uniform.

| scenario | family | p < 1 % | p < 5 % | KS |
|---|---|---|---|---|
`)
	for _, r := range results {
		if !r.Probes || len(r.records) == 0 {
			continue
		}
		var names []string
		for name := range r.records[0].Family {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			p := r.pvalues(func(v trials.Trial) float64 { return v.Family[name] })
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", r.Scenario, name, trials.Below(p, 0.01), trials.Below(p, 0.05), uniformity(p))
		}
		p := r.pvalues(func(v trials.Trial) float64 { return v.Joint })
		fmt.Fprintf(b, "| %s | **joint** | %s | %s | |\n", r.Scenario, trials.Below(p, 0.01), trials.Below(p, 0.05))
	}
}

func (r calibrated) pvalues(of func(trials.Trial) float64) (list []float64) {
	for _, v := range r.records {
		list = append(list, of(v))
	}
	return list
}

func uniformity(p []float64) string {
	distance, pvalue := trials.Kolmogorov(p)
	return fmt.Sprintf("%.3f, p = %.2g", distance, pvalue)
}

func ladder(dims []int) string {
	return strings.Join(strings.Fields(strings.Trim(fmt.Sprint(dims), "[]")), ", ")
}

// rate of rejections among the verifications behind a measured power.
func rate(rejections int) trials.Rate { return trials.Rate{K: rejections, N: checkRuns} }

// powerReport tells how much data it takes to reject each wrong theory.
func powerReport(results []*powered) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `# Power

Wrong theories, each with one well-known mistake, confronted with simulations of the right problem. *Size* is the largest
difference between the wrong theory and the right one over all steps and observables, in units of the observable's
largest magnitude. The grid that was searched: the ladders %s, each
with %s replicas at every d, in the order of their cost (replicas × the sum of d). Given is the cheapest at which the wrong theory is rejected at the 1 %% level with a power of
%.0f %% or more by prediction, not contradicted by %d verifications with fresh seeds.

The prediction is an approximation: the power of the most shifted point alone, where the statistic is a non-central t, whose
non-centrality (shift by standard error) and critical value are taken from %d verifications. It leaves out all other points,
which makes it too small, and what the shift itself does to the critical value when replicas are few, which makes it too
large; a table below checks it. In brackets, the exact binomial 95 %% interval of the measured power. `+"`make power`"+` makes this file.
`, strings.Join(ladderNames(), " and "), strings.Trim(strings.Join(strings.Fields(fmt.Sprint(replicas)), ", "), "[]"), 100*target, checkRuns, pilotRuns)
	for _, p := range results {
		fmt.Fprintf(&b, "\n## %s, T = %d\n\n| wrong theory | size | smallest ladder | replicas | power predicted | power measured |\n|---|---|---|---|---|---|\n",
			p.Scenario, p.Steps)
		for _, m := range p.mutants {
			switch {
			case !m.visible:
				fmt.Fprintf(&b, "| %s | – | invisible: %s | | | |\n", m.name, p.reason(m.name))
			case m.at.Dims == nil:
				fmt.Fprintf(&b, "| %s | %s | none in the grid | | | |\n", m.name, size(m.shift))
			default:
				fmt.Fprintf(&b, "| %s | %s | %s | %d | %s | %s |\n", m.name, size(m.shift), ladder(m.at.Dims), m.at.Replicas, chance(m.predicted), rate(m.rejections))
			}
		}
		for _, name := range p.diverged {
			fmt.Fprintf(&b, "| %s | diverges | any | | | |\n", name)
		}
	}
	b.WriteString("\n## The prediction, checked\n\nEvery wrong theory whose predicted power was between 1 % and 99.9 % where it was measured:\n\n" +
		"| scenario | wrong theory | ladder | replicas | predicted | measured |\n|---|---|---|---|---|---|\n")
	for _, p := range results {
		for _, c := range p.checks {
			if c.predicted > 0.011 && c.predicted < 0.999 {
				fmt.Fprintf(&b, "| %s | %s | %s | %d | %s | %s |\n", p.Scenario, c.mutant, ladder(c.at.Dims), c.at.Replicas, chance(c.predicted), rate(c.rejections))
			}
		}
	}
	b.WriteString("\n## The right theory in the same verifications\n\n| scenario | ladder | replicas | rejected |\n|---|---|---|---|\n")
	total := 0
	var points []check
	for _, p := range results {
		for _, c := range p.alarms {
			fmt.Fprintf(&b, "| %s | %s | %d | %s |\n", p.Scenario, ladder(c.at.Dims), c.at.Replicas, rate(c.rejections))
			total, points = total+c.rejections, append(points, c)
		}
	}
	if len(points) > 0 {
		fmt.Fprintf(&b, "| **all** | | | %s |\n", trials.Rate{K: total, N: checkRuns * len(points)})
	}
	return b.Bytes()
}

func ladderNames() (names []string) {
	for _, dims := range ladders {
		names = append(names, ladder(dims))
	}
	return names
}

func size(shift float64) string { return fmt.Sprintf("%.1f %%", 100*shift) }

// chance is a power in percent; 100 is left to those that deserve it.
func chance(p float64) string {
	if p > 0.9999 {
		return "> 99.99 %"
	}
	return fmt.Sprintf("%.2f %%", 100*p)
}
