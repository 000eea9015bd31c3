package compare

import (
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

var (
	tables = flag.String("tables", "", "measure the cases of TestTables whose name begins with this ('all': every one); minutes each")
	runs   = flag.Int("runs", 2000, "verifications of each case of TestTables")
)

// A synthetic truth of TestTables.
type tableCase struct {
	name string
	set  Settings
	synthetic
}

var ladders = map[string][]int{
	"4d": {250, 500, 1000, 2000}, "6d": {250, 500, 1000, 2000, 4000, 8000}, "2d": {250, 1000},
	"long": {100, 1000, 10000, 100000, 1000000},
}

func tableCases() (list []tableCase) {
	add := func(name string, change func(s *synthetic)) {
		s := usual()
		s.controls = 0
		change(&s)
		list = append(list, tableCase{name: name, synthetic: s})
	}
	// The model holds.
	add("level, 4d of 32", func(s *synthetic) {})
	add("level, 2 control variates", func(s *synthetic) { s.controls = 2 })
	for _, r := range []int{4, 8, 128} {
		add(fmt.Sprintf("level, 4d of %d", r), func(s *synthetic) { s.replicas = r })
	}
	add("level, 2d of 4", func(s *synthetic) { s.dims, s.replicas = ladders["2d"], 4 })
	add("level, 2d of 32", func(s *synthetic) { s.dims = ladders["2d"] })
	add("level, 6d of 4", func(s *synthetic) { s.dims, s.replicas = ladders["6d"], 4 })
	add("level, 6d of 10, 12 control variates", func(s *synthetic) { s.dims, s.replicas, s.controls = ladders["6d"], 10, 12 })
	add("level, independent steps", func(s *synthetic) { s.ar = 0 })
	add("level, smooth curves", func(s *synthetic) { s.ar = 0.9999 })
	add("level, one point", func(s *synthetic) { s.steps, s.names = 0, []string{"overlap"} })
	add("level, a point without randomness", func(s *synthetic) { s.exact, s.controls = true, 2 })
	for _, law := range []string{"t4", "lognormal"} {
		for _, r := range []int{4, 32} {
			add(fmt.Sprintf("level, %s x%d", law, r), func(s *synthetic) { s.law, s.replicas = law, r })
		}
	}
	add("level, exponential x4", func(s *synthetic) { s.skew, s.replicas = true, 4 })
	add("level, exponential x32", func(s *synthetic) { s.skew = true })
	for _, sd := range []float64{0.001, 0.02, 0.5} {
		for _, law := range []string{"", "t4", "lognormal"} {
			add(strings.TrimSpace(fmt.Sprintf("theory, 8 of %g %s", sd, law)), func(s *synthetic) { s.scramblings, s.theorySD, s.theoryLaw = 8, sd, law })
		}
	}
	// The noise is not sigma²/d.
	noise := func(name, dims string, f func(d float64) float64) {
		add("noise, "+name, func(s *synthetic) { s.variance, s.dims = f, ladders[dims] })
	}
	noise("1 + 50/d", "4d", func(d float64) float64 { return 1 + 50/d })
	noise("1 + 1000/d", "4d", func(d float64) float64 { return 1 + 1000/d })
	noise("1 - 200/d", "4d", func(d float64) float64 { return 1 - 200/d })
	noise("floor of 30 % at the end", "4d", func(d float64) float64 { return 1 + 0.3*d/2000 })
	noise("exponent -0.45", "6d", func(d float64) float64 { return math.Pow(d/250, 0.1) })
	noise("exponent -0.4", "6d", func(d float64) float64 { return math.Pow(d/250, 0.2) })
	noise("exponent -0.4", "long", func(d float64) float64 { return math.Pow(d/250, 0.2) })
	// The mean is not a/d + b/d².
	for _, ladder := range []string{"4d", "6d"} {
		mean := func(name string, f func(d float64) float64) {
			add("mean, "+ladder+", "+name, func(s *synthetic) { s.mean, s.dims, s.a = f, ladders[ladder], 0 })
		}
		mean("0.1 d1³/d³", func(d float64) float64 { return 0.1 * math.Pow(250/d, 3) })
		mean("0.2 d1³/d³", func(d float64) float64 { return 0.2 * math.Pow(250/d, 3) })
		mean("0.3/√d", func(d float64) float64 { return 0.3 / math.Sqrt(d) })
		mean("1/√d", func(d float64) float64 { return 1 / math.Sqrt(d) })
		mean("3/√d", func(d float64) float64 { return 3 / math.Sqrt(d) })
		mean("10 log d/d", func(d float64) float64 { return 10 * math.Log(d) / d })
		mean("30/d + 3000/d²", func(d float64) float64 { return 30/d + 3000/d/d })
		mean("100/d^1.5", func(d float64) float64 { return 100 * math.Pow(d, -1.5) })
	}
	add("mean, 2d, 3/d + 3000/d²", func(s *synthetic) { s.dims, s.b = ladders["2d"], 3000 })
	// Rates.
	for _, b := range []float64{0, 1250, -1250, 12500} {
		add(fmt.Sprintf("bias, 50…400 of 64, 10/d + %g/d²", b), func(s *synthetic) {
			s.dims, s.replicas, s.a, s.b = []int{50, 100, 200, 400}, 64, 10, b
		})
	}
	add("bias, 16…256 of 1000, 1/d + 125/d²", func(s *synthetic) { s.dims, s.replicas, s.a, s.b = []int{16, 32, 64, 128, 256}, 1000, 1, 125 })
	add("bias, 16…256 of 1000, 10/d + 10/d²", func(s *synthetic) { s.dims, s.replicas, s.a, s.b = []int{16, 32, 64, 128, 256}, 1000, 10, 10 })
	return list
}

// TestTables measures what docs/statistics.md has tables of. It passes always and is not run without -tables: dozens of
// intervals at 95 % would fail a right program.
func TestTables(t *testing.T) {
	if *tables == "" {
		t.Skip("-tables is not set")
	}
	fmt.Fprintln(os.Stderr, "case | p<1 % | p<5 % | max t p<5 % | disagrees | agrees | bands hold | bounds hold | fluctuation | bias resolved | bias holds (of −1) | usable from")
	for _, c := range tableCases() {
		if *tables == "all" || strings.HasPrefix(c.name, *tables) {
			c.measure(t)
		}
	}
}

func (c tableCase) measure(t *testing.T) {
	set := c.set
	set.Resamples = 999
	list := c.many(t, *runs, set)
	rate := func(f func(x *Comparison) bool) string {
		return percentage(count(list, f), len(list))
	}
	among := func(of, f func(x *Comparison) bool) string {
		some := slices.DeleteFunc(slices.Clone(list), func(x *Comparison) bool { return !of(x) })
		return percentage(count(some, f), len(some))
	}
	always := func(*Comparison) bool { return true }
	resolved := func(x *Comparison) bool { return x.Bias.Resolved }
	columns := []string{
		rate(func(x *Comparison) bool { return x.PValue < 0.01 }), rate(func(x *Comparison) bool { return x.PValue < 0.05 }),
		rate(func(x *Comparison) bool { return x.MaxT > x.Critical }),
		rate(func(x *Comparison) bool { return x.Verdict == Disagrees }), rate(func(x *Comparison) bool { return x.Verdict == Agrees }),
		rate(c.bandsHold), rate(c.boundsHold),
		among(always, func(x *Comparison) bool { return x.Fluctuation.Low <= -0.5 && -0.5 <= x.Fluctuation.High }),
		rate(resolved), among(resolved, func(x *Comparison) bool { return x.Bias.Low <= -1 && -1 <= x.Bias.High }),
		among(func(x *Comparison) bool { return x.UsableFrom != nil }, func(x *Comparison) bool {
			for o, u := range x.UsableFrom {
				if want := c.usable(o, u.Tolerance*x.Bounds[o].Scale); u.Low > want*1.004 || want > u.High*1.004 {
					return false
				}
			}
			return true
		}),
	}
	fmt.Fprintf(os.Stderr, "%s | %s\n", c.name, strings.Join(columns, " | "))
}

func (s synthetic) bandsHold(x *Comparison) bool {
	for t, row := range x.Extrapolated.Value {
		for o, v := range row {
			total := math.Hypot(x.Extrapolated.SE[t][o], x.Theory.SE[t][o])
			if off := v - x.Theory.Value[t][o] + s.wrong(t); math.Abs(off) > x.Critical*total+1e-8 {
				return false
			}
		}
	}
	return true
}

// wrong is what the theory is wrong by at a step.
func (s synthetic) wrong(t int) float64 {
	if t == 0 {
		return 0
	}
	return s.offset
}

func (s synthetic) boundsHold(x *Comparison) bool {
	return !slices.ContainsFunc(x.Bounds, func(b Bound) bool { return b.Bound < math.Abs(s.offset) })
}

// usable is the smallest d beyond which the finite-size terms stay below allowed.
func (s synthetic) usable(o int, allowed float64) float64 {
	lowest := float64(s.dims[0])
	for d := lowest * 1e6; d > lowest; d /= 1.002 {
		size := s.a/d + s.b/d/d + s.c/d/d/d
		if s.mean != nil {
			size += s.mean(d)
		}
		for t := range s.steps + 1 {
			if math.Abs(size*shape(t, o, s.steps)) > allowed {
				return d
			}
		}
	}
	return lowest
}

// percentage with its 95 % interval (Clopper and Pearson's).
func percentage(k, n int) string {
	if n == 0 {
		return "–"
	}
	low, high := 0.0, 1.0
	if k > 0 {
		low = distuv.Beta{Alpha: float64(k), Beta: float64(n - k + 1)}.Quantile(0.025)
	}
	if k < n {
		high = distuv.Beta{Alpha: float64(k + 1), Beta: float64(n - k)}.Quantile(0.975)
	}
	return fmt.Sprintf("%.1f [%.1f, %.1f]", 100*float64(k)/float64(n), 100*low, 100*high)
}
