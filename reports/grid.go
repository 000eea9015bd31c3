package reports

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"limitcheck/compare"
	"limitcheck/internal/markdown"
)

// A grid is one scenario at several values of some keys: the sections of its members.
type grid struct {
	name, dir string     // dir is that of its pictures, and its anchor
	members   []*Section // all
	dirs      []string   // of the members
	compared  []*Section // those that came to a comparison
	keys      []string   // that vary, by key

	observables []string // that all compared members have
	ladder      ladder   // of the run
	timed       bool     // pictures are against time ηt, because learning rates differ
}

// grids are those of the run.
func (r *Report) grids() (list []*grid) {
	dirs := directories(r.Sections)
	for i := range r.Sections {
		s := &r.Sections[i]
		if s.Grid == "" {
			continue
		}
		if n := len(list); n == 0 || list[n-1].name != s.Grid {
			g := &grid{name: s.Grid, dir: safeName(s.Grid), ladder: ladderOf(r.Sections)}
			for slices.Contains(dirs, g.dir) {
				g.dir += "-grid"
			}
			list = append(list, g)
		}
		g := list[len(list)-1]
		g.members, g.dirs = append(g.members, s), append(g.dirs, dirs[i])
	}
	for _, g := range list {
		g.gather()
	}
	return list
}

// gather finds what the members have in common and what varies.
func (g *grid) gather() {
	for k, set := range g.members[0].Settings {
		if len(g.values(k)) > 1 {
			g.keys = append(g.keys, set.Key)
		}
	}
	for _, s := range g.members {
		if s.Comparison == nil || len(s.Comparison.Theory.Value) == 0 || len(s.Comparison.Means) == 0 {
			continue
		}
		if g.compared == nil {
			g.observables = slices.Clone(s.Comparison.Observables)
		}
		g.compared = append(g.compared, s)
		g.observables = slices.DeleteFunc(g.observables, func(name string) bool {
			return !slices.Contains(s.Comparison.Observables, name)
		})
	}
	g.timed = g.ratesDiffer()
}

// ratesDiffer reports whether members take steps of different lengths, all of them known.
func (g *grid) ratesDiffer() (differ bool) {
	var first []float64
	for i, s := range g.compared {
		times := s.Scenario.Method.Times()
		if times == nil {
			return false
		}
		if i == 0 {
			first = times
		}
		n := min(len(first), len(times))
		differ = differ || !slices.Equal(first[:n], times[:n])
	}
	return differ
}

// longest is the largest number of steps, the start included, that a member is compared at.
func (g *grid) longest() (n int) {
	for _, s := range g.compared {
		n = max(n, len(s.Comparison.Steps))
	}
	return n
}

// values are those of setting k of the members, each once, in order.
func (g *grid) values(k int) (texts []string) {
	for _, s := range g.members {
		if text := s.Settings[k].Text; !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}

// setting is a section's value of a key.
func setting(s *Section, key string) (text string, value any) {
	for _, set := range s.Settings {
		if set.Key == key {
			return set.Text, set.Value
		}
	}
	return "", nil
}

// choicesOf are the values of a varying key, each once, in order.
func (g *grid) choicesOf(key string) []string {
	for k, set := range g.members[0].Settings {
		if set.Key == key {
			return g.values(k)
		}
	}
	return nil
}

// keyWords is a key for readers: "batch fraction" for method.batch.fraction.
func keyWords(key string) string {
	if _, below, ok := strings.Cut(key, "."); ok {
		key = below
	}
	if key == "alpha" {
		return "α"
	}
	return strings.NewReplacer(".", " ", "_", " ").Replace(key)
}

// valueWords is a value for a legend.
func valueWords(text string) string {
	const most = 28
	if r := []rune(strings.Join(strings.Fields(text), " ")); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return strings.ReplaceAll(text, "-", "−")
}

// shown are the observables whose pictures come first: what is learned, and how well.
func (g *grid) shown() (names []string) {
	for _, candidates := range [][]string{{"cosine", "overlap"}, {"test_error", "test_loss"}} {
		for _, name := range candidates {
			if slices.Contains(g.observables, name) {
				names = append(names, name)
				break
			}
		}
	}
	for _, name := range g.observables {
		if len(names) < 2 && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// chapters of a grid: all members in a table and in pictures.
func (g *grid) chapters() []chapter {
	ch := chapter{Anchor: "grid-" + g.dir, Heading: "## Grid: " + markdown.Escape(g.name), Table: g.table()}
	words := make([]string, len(g.keys))
	for i, k := range g.keys {
		words[i] = markdown.Code(k)
	}
	ch.Text = fmt.Sprintf("%d settings of %s.", len(g.members), strings.Join(words, ", "))
	if missing := len(g.members) - len(g.compared); missing > 0 {
		ch.Text += fmt.Sprintf(" %d of them could not be verified and are in no picture.", missing)
	}
	more := chapter{Heading: "More pictures of the grid", Folded: true}
	if len(g.compared) == 0 {
		return []chapter{ch}
	}
	shown := g.shown()
	for _, name := range append(shown, slices.DeleteFunc(slices.Clone(g.observables), func(n string) bool {
		return slices.Contains(shown, n)
	})...) {
		into := &more
		if slices.Contains(shown, name) {
			into = &ch
		}
		if g.longest() > 1 {
			into.Figures = append(into.Figures, g.figure(name, name+", all members", g.curvesCaption(name), g.curvesPicture(name)))
		}
		if p, caption, ok := g.finalPicture(name); ok {
			into.Figures = append(into.Figures, g.figure("final-"+name, "final "+name, caption, p))
		}
	}
	ch.Data = []file{{g.dir + "/grid.csv", g.curvesCSV()}, {g.dir + "/final.csv", g.finalCSV()}}
	ch.Text += fmt.Sprintf(" The numbers behind the pictures: [grid.csv](%s/grid.csv), [final.csv](%[1]s/final.csv).", g.dir)
	if more.Figures == nil {
		return []chapter{ch}
	}
	return []chapter{ch, more}
}

func (g *grid) figure(name, alt, caption string, p picture) figure {
	return figure{g.dir + "/" + name + ".svg", markdown.Escape(alt + " of " + g.name), caption, p}
}

// table has one row a member.
func (g *grid) table() *table {
	header := []string{"member"}
	for _, k := range g.keys {
		header = append(header, markdown.Escape(keyWords(k)))
	}
	name := ""
	if shown := g.shown(); len(shown) > 0 {
		name = shown[0]
	}
	header = append(header, "verdict", ">p, curves", ">final "+markdown.Escape(observableLabel(name))+", theory", ">simulation, d → ∞")
	t := newTable(header...)
	for i, s := range g.members {
		row := []string{fmt.Sprintf("[%s](#%s)", markdown.Escape(s.name()), g.dirs[i])}
		for _, k := range g.keys {
			text, _ := setting(s, k)
			row = append(row, markdown.Code(text))
		}
		row = append(row, verdictCell(s))
		c := s.Comparison
		if c == nil || !slices.Contains(c.Observables, name) || !slices.Contains(g.compared, s) {
			t.add(append(row, "—", "—", "—")...)
			continue
		}
		last, j := len(c.Theory.Value)-1, slices.Index(c.Observables, name)
		t.add(append(row, pValue(c.PValue), number(c.Theory.Value[last][j], 4),
			fmt.Sprintf("%s ± %s", number(c.Extrapolated.Value[last][j], 4), number(1.96*c.Extrapolated.SE[last][j], 1)))...)
	}
	return t
}

// time is where row t of a section's curves stands on the horizontal axis.
func (g *grid) time(s *Section) (x []float64) {
	var times []float64
	if g.timed {
		times = s.Scenario.Method.Times()
	}
	for _, step := range s.Comparison.Steps {
		if times != nil {
			x = append(x, times[step])
		} else {
			x = append(x, float64(step))
		}
	}
	return x
}

// rows begins a table of numbers, with the keys that vary in front.
func (g *grid) rows(columns ...string) (b *bytes.Buffer, w *csv.Writer) {
	b = new(bytes.Buffer)
	w = csv.NewWriter(b)
	w.Write(slices.Concat([]string{"member"}, g.keys, columns))
	return b, w
}

// lead is what a row of a section begins with.
func (g *grid) lead(s *Section) []string {
	row := []string{s.name()}
	for _, k := range g.keys {
		text, _ := setting(s, k)
		row = append(row, text)
	}
	return row
}

func digits(values ...float64) (texts []string) {
	for _, x := range values {
		texts = append(texts, strconv.FormatFloat(x, 'g', 9, 64))
	}
	return texts
}

// curvesCSV has one row a member, observable and step: theory, the extrapolation to d = ∞, and the mean over replicas at
// the largest d with the standard deviation of one run.
func (g *grid) curvesCSV() []byte {
	b, w := g.rows("observable", "step", "time", "theory", "theory_se", "extrapolated", "extrapolated_se", "dim", "mean",
		"mean_se", "sd")
	for _, s := range g.compared {
		c, x := s.Comparison, g.time(s)
		m := &c.Means[len(c.Means)-1]
		for _, name := range g.observables {
			j := slices.Index(c.Observables, name)
			for t, step := range c.Steps {
				w.Write(slices.Concat(g.lead(s), []string{name, strconv.Itoa(step)}, digits(x[t], c.Theory.Value[t][j], c.Theory.SE[t][j],
					c.Extrapolated.Value[t][j], c.Extrapolated.SE[t][j]), []string{strconv.Itoa(m.Dim)},
					digits(m.Mean.Value[t][j], m.Mean.SE[t][j], m.Deviation[t][j])))
			}
		}
	}
	w.Flush()
	return b.Bytes()
}

// finalCSV has one row a member, observable and d, at the last step.
func (g *grid) finalCSV() []byte {
	b, w := g.rows("observable", "step", "theory", "theory_se", "extrapolated", "extrapolated_se", "dim", "mean", "mean_se", "sd")
	for _, s := range g.compared {
		c := s.Comparison
		t := len(c.Steps) - 1
		for _, name := range g.observables {
			j := slices.Index(c.Observables, name)
			for i := range c.Means {
				m := &c.Means[i]
				w.Write(slices.Concat(g.lead(s), []string{name, strconv.Itoa(c.Steps[t])}, digits(c.Theory.Value[t][j], c.Theory.SE[t][j],
					c.Extrapolated.Value[t][j], c.Extrapolated.SE[t][j]), []string{strconv.Itoa(m.Dim)},
					digits(m.Mean.Value[t][j], m.Mean.SE[t][j], m.Deviation[t][j])))
			}
		}
	}
	w.Flush()
	return b.Bytes()
}

// final is the comparison's numbers of an observable at the last step.
func final(c *compare.Comparison, name string) (t, j int) {
	return len(c.Steps) - 1, slices.Index(c.Observables, name)
}
