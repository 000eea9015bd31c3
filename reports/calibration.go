package reports

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"limitcheck/compare"
	"limitcheck/internal/markdown"
	"limitcheck/internal/rundir"
	"limitcheck/internal/trials"
	"limitcheck/scenarios"
)

// A Calibration is what verifications of one scenario with fresh seeds have said: how far its verdict can be trusted.
type Calibration struct {
	Scenario *scenarios.Scenario
	Trials   []trials.Trial
	Command  string // as typed
	Version  string
}

// A Level is how often p-values were below a level that a right theory should meet that often.
type Level struct {
	Name  string // what the p-values are of
	Level float64
	trials.Rate
}

// levelConfidence is that of the intervals that decide whether a rate is above its level: there are several of them, and
// 95 % ones would fail a right program too often.
const levelConfidence = 0.999

// Exceeded says whether the rate is above the level beyond chance.
func (l Level) Exceeded() bool {
	low, _ := l.Interval(levelConfidence)
	return low > l.Level
}

// Levels are those of the curves, of each family of probes, and of what decides: all of them after Holm's correction.
func (c *Calibration) Levels() (list []Level) {
	for _, s := range c.samples() {
		for _, level := range []float64{0.01, 0.05} {
			list = append(list, Level{s.name, level, trials.Below(s.p, level)})
		}
	}
	return list
}

// A sample is the p-values of one kind.
type sample struct {
	name string
	p    []float64
}

const jointName = "joint"

func (c *Calibration) samples() []sample {
	of := func(name string, value func(v trials.Trial) float64) sample {
		s := sample{name: name}
		for _, v := range c.Trials {
			s.p = append(s.p, value(v))
		}
		return s
	}
	list := []sample{of("curves", func(v trials.Trial) float64 { return v.PValue })}
	var families []string
	for _, v := range c.Trials {
		for name := range v.Family {
			if !slices.Contains(families, name) {
				families = append(families, name)
			}
		}
	}
	slices.Sort(families)
	for _, name := range families {
		list = append(list, of(name, func(v trials.Trial) float64 { return v.Family[name] }))
	}
	if len(families) > 0 {
		list = append(list, of(jointName, func(v trials.Trial) float64 { return v.Joint }))
	}
	return list
}

// WriteCalibration makes dir hold c: calibration.md and its picture, calibration.svg.
func WriteCalibration(dir string, c *Calibration) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	picture, err := c.picture().svg()
	if err != nil {
		return err
	}
	if err := errors.Join(rundir.Replace(root, "calibration.svg", picture),
		rundir.Replace(root, "calibration.md", c.page())); err != nil {
		return err
	}
	return rundir.End(root)
}

func (c *Calibration) page() []byte {
	var b bytes.Buffer
	s := c.Scenario
	var dims []string
	for _, d := range s.Experiment.Dims {
		dims = append(dims, strconv.Itoa(d))
	}
	fmt.Fprintf(&b, "# How far a verdict on %s can be trusted\n\n", markdown.Escape(s.Name))
	fmt.Fprintf(&b, "%d verifications at d = %s with %s replicas at each d, every one with a seed of its own for the "+
		"simulations, for the theory and for the draws of the test. If the theory is right and the model of finite d "+
		"holds, p-values follow the uniform law: the rate below 1 %% is that at which a right theory is called wrong.\n\n",
		len(c.Trials), strings.Join(dims, ", "), s.Experiment.Counts())
	b.WriteString("![law of the p-values](calibration.svg)\n\nThe share of p-values up to p. Grey: the band that the law of " +
		"as many uniform numbers leaves, anywhere, one time in twenty. Right: the small p-values, which decide.\n\n")
	t := newTable("p-values of", ">below 1 %", ">below 5 %", ">KS distance", ">its p")
	for _, s := range c.samples() {
		distance, p := trials.Kolmogorov(s.p)
		law := []string{fmt.Sprintf("%.3f", distance), fmt.Sprintf("%.2g", p)}
		if s.name == jointName { // smaller of several, corrected: not uniform
			law = []string{"–", "–"}
		}
		t.add(append([]string{s.name, trials.Below(s.p, 0.01).String(), trials.Below(s.p, 0.05).String()}, law...)...)
	}
	b.WriteString(t.String())
	b.WriteString("\nIn brackets exact binomial 95 % intervals: that of a right rate misses it one time in twenty. " +
		"KS is Kolmogorov and Smirnov's test of the uniform law. *Joint* is the smallest after Holm's correction, which " +
		"decides the verdict where there are families; its rates may stay below the level.\n\n")
	fmt.Fprintf(&b, "Verdicts: %s.\n", c.verdicts())
	fmt.Fprintf(&b, "\nMade by %s, version %s.\n", markdown.Code(c.Command), orUnknown(c.Version))
	return b.Bytes()
}

func (c *Calibration) verdicts() string {
	count := map[compare.Verdict]int{}
	for _, v := range c.Trials {
		count[v.Verdict]++
	}
	return fmt.Sprintf("%d agree, %d disagree, %d are inconclusive", count[compare.Agrees], count[compare.Disagrees],
		count[compare.Inconclusive])
}

// picture is the empirical law of the curves' p-values, whole and near 0.
func (c *Calibration) picture() picture {
	p := slices.Clone(c.samples()[0].p)
	slices.Sort(p)
	keys := legend{
		{"verifications", []plot.Thumbnailer{line(nil, largeBlue, lineWidth)}},
		{"uniform law", []plot.Thumbnailer{line(nil, ink, thinLine)}},
		{"its 95 % band", []plot.Thumbnailer{&plotter.Polygon{Color: gridGrey}}},
	}
	return picture{figureWidth, 260 + keys.height(), func(dc draw.Canvas) {
		dc = keys.draw(dc)
		for i, end := range []float64{1, 0.1} {
			lawPanel(p, end).Draw(split(dc, 2, 14)[i])
		}
	}}
}

// lawPanel draws the law of sorted p-values between 0 and end.
func lawPanel(sorted []float64, end float64) *plot.Plot {
	p := newPlot("", "p", "share of p-values up to p")
	p.X.Tick.Marker = niceTicks{}
	half := trials.Band(len(sorted))
	const pieces = 100 // of the band, which bends where it meets 0 and 1
	var low, high plotter.XYs
	for i := range pieces + 1 {
		x := end * float64(i) / pieces
		low, high = append(low, plotter.XY{X: x, Y: max(0, x-half)}), append(high, plotter.XY{X: x, Y: min(1, x+half)})
	}
	steps := plotter.XYs{{}}
	n := float64(len(sorted))
	for i, v := range sorted {
		if v > end {
			break
		}
		steps = append(steps, plotter.XY{X: v, Y: float64(i) / n}, plotter.XY{X: v, Y: float64(i+1) / n})
	}
	steps = append(steps, plotter.XY{X: end, Y: steps[len(steps)-1].Y})
	p.Add(band(low, high, gridGrey), line(plotter.XYs{{}, {X: end, Y: end}}, ink, thinLine), line(steps, largeBlue, lineWidth))
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, end, 0, min(1, end+half)
	return p
}
