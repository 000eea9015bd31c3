package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/montanaflynn/stats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"limitcheck/montecarlo"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// A Family is the comparison of one family of probes (scenario.Probes): the statistics of Compare with the family in the
// place of an observable and its entries in the place of steps. Entry i of its curves is Labels[i].
type Family struct {
	Name       string
	Labels     []string
	Comparison *Comparison
	Adjusted   float64 // its p-value after Holm's correction over the curves and all families

	// Wasserstein, for a law, is the mean Wasserstein-1 distance of a replica's empirical law to the limit's at each d
	// (∫|F−G| over the grid of levels, in the units of the weights or fields) and its exponent; sampling n or d
	// independent coordinates gives −1/2. nil for other families.
	Wasserstein *Rate
}

// lawTail leaves out levels where fewer than this share of the coordinates lie on one side: counts there are too few to
// be Gaussian.
const lawTail = 0.02

// families compares every family of probes, but for laws that are narrower than the grid of levels. It returns nil if the
// limit carries no probes.
func families(limit *theory.Limit, replicas []*montecarlo.Replica, set Settings) (list []Family, narrow []string, err error) {
	if limit.Probes == nil {
		return nil, nil, nil
	}
	probes := limit.Scenario.Probes()
	from := 0
	for _, f := range probes.Families() {
		columns, to := []int(nil), from+len(f.Labels)
		if len(limit.Probes) < to {
			return nil, nil, fmt.Errorf("compare %s: the limit has %d probes, fewer than the scenario's families hold", limit.Scenario.Name, len(limit.Probes))
		}
		law := strings.HasPrefix(f.Name, "law")
		for j := from; j < to; j++ {
			if p := limit.Probes[j]; !law || p > lawTail && p < 1-lawTail {
				columns = append(columns, j)
			}
		}
		if len(columns) == 0 {
			narrow, from = append(narrow, f.Name), to
			continue
		}
		family, err := compareFamily(f, columns, from, limit, replicas, set)
		if err != nil {
			return nil, nil, err
		}
		if law {
			family.Wasserstein = wasserstein(limit.Probes[from:to], from, probes, replicas, family.Comparison.Dims)
		}
		list = append(list, *family)
		from = to
	}
	return list, narrow, nil
}

func compareFamily(f scenarios.ProbeFamily, columns []int, from int, limit *theory.Limit, replicas []*montecarlo.Replica, set Settings) (*Family, error) {
	pick := func(row []float64) (curve [][]float64) {
		for _, j := range columns {
			curve = append(curve, []float64{row[j]})
		}
		return curve
	}
	part := &theory.Limit{Scenario: limit.Scenario, Observables: []string{f.Name}, Mean: pick(limit.Probes), StandardError: pick(limit.ProbeErrors)}
	for _, row := range limit.ProbeReplicates {
		part.Replicates = append(part.Replicates, pick(row))
	}
	var parts []*montecarlo.Replica
	for _, r := range replicas {
		if len(r.Probes) != len(limit.Probes) {
			return nil, fmt.Errorf("compare %s: d = %d, replica %d has %d probes, the limit %d; both must belong to the same scenario",
				limit.Scenario.Name, r.Dim, r.Index, len(r.Probes), len(limit.Probes))
		}
		parts = append(parts, &montecarlo.Replica{Dim: r.Dim, Index: r.Index, Values: pick(r.Probes), Controls: r.Controls})
	}
	set.Ablations = nil
	c, err := Compare(part, parts, set)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	family := &Family{Name: f.Name, Comparison: c}
	for _, j := range columns {
		family.Labels = append(family.Labels, f.Labels[j-from])
	}
	return family, nil
}

// wasserstein measures each replica's distance to the limit and fits its exponent by weighted least squares on the log of
// the means.
func wasserstein(law []float64, from int, probes scenarios.Probes, replicas []*montecarlo.Replica, dims []int) *Rate {
	step := probes.Grid[1] - probes.Grid[0]
	r := &Rate{Dims: dims}
	var x, y, weights []float64
	for _, d := range dims {
		var distances []float64
		for _, replica := range replicas {
			if replica.Dim != d {
				continue
			}
			total := 0.0
			for i, p := range law {
				total += math.Abs(replica.Probes[from+i]-p) * step
			}
			distances = append(distances, total)
		}
		// The lengths were checked by Compare, so these cannot fail.
		mean, _ := stats.Mean(distances)
		deviation, _ := stats.StandardDeviationSample(distances)
		se := deviation / math.Sqrt(float64(len(distances)))
		r.Values, r.Errors = append(r.Values, mean), append(r.Errors, se)
		x, y, weights = append(x, math.Log(float64(d))), append(y, math.Log(mean)), append(weights, mean*mean/(se*se))
	}
	r.Resolved = len(dims) >= minRateDims
	_, r.Estimate = stat.LinearRegression(x, y, weights, false)
	centre := stat.Mean(x, weights)
	spread := 0.0
	for i, w := range weights {
		spread += w * (x[i] - centre) * (x[i] - centre)
	}
	half := distuv.UnitNormal.Quantile((1+confidence)/2) / math.Sqrt(spread)
	r.Low, r.High = r.Estimate-half, r.Estimate+half
	return r
}

// Joint is the p-value that decides the verdict: the smallest of the curves' and the families', after Holm's correction
// over them, and that divided by the share of the level that its look may spend. With neither it is PValue.
func (c *Comparison) Joint() float64 { return slices.Min(c.adjusted()) }

// adjusted p-values of the curves and of every family.
func (c *Comparison) adjusted() []float64 {
	pvalues := []float64{c.PValue}
	for _, f := range c.Families {
		pvalues = append(pvalues, f.Comparison.PValue)
	}
	for i := range pvalues {
		pvalues[i] = min(1, pvalues[i]/spent(c.Looks))
	}
	return Holm(pvalues)
}

// noteFamilies fills Family.Adjusted and notes the families that contradict theory, and curves that do so only on their own.
func (c *Comparison) noteFamilies() {
	adjusted := c.adjusted()
	for i := range c.Families {
		c.Families[i].Adjusted = adjusted[i+1]
		if adjusted[i+1] < c.Level {
			c.Notes = append(c.Notes, fmt.Sprintf("the %s contradicts theory (p = %.2g after Holm's correction over the curves and %d families of probes)",
				c.Families[i].Name, adjusted[i+1], len(c.Families)))
		}
	}
	if c.PValue < c.Level && adjusted[0] >= c.Level {
		over := fmt.Sprintf("Holm's correction over them and %d families of probes", len(c.Families))
		if c.Looks > 0 {
			over += fmt.Sprintf(" at look %d", c.Looks)
		}
		c.Notes = append(c.Notes, fmt.Sprintf("the curves' p = %.2g is not significant after %s (%.2g)", c.PValue, over, adjusted[0]))
	}
}
