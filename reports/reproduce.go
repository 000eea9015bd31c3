package reports

import (
	"fmt"
	"path"
	"strings"

	"limitcheck/internal/markdown"
)

// more are the pictures that earlier chapters put aside.
func (s *section) more() chapter {
	if s.aside == nil {
		return chapter{}
	}
	return chapter{Heading: "More pictures", Folded: true, Figures: s.aside}
}

// reproduce says how this scenario is run again: the ladder, the seed, where the numbers are, and the file.
func (s *section) reproduce() chapter {
	ch := chapter{Heading: "Reproduce this scenario", Folded: true}
	if s.Scenario != nil {
		ch.After = fmt.Sprintf("Seed %d.", s.Scenario.Experiment.Seed)
	}
	if s.Comparison != nil {
		ch.Table = ladderTable(s.Section)
	}
	if s.data != nil {
		links := make([]string, len(s.data))
		for i, f := range s.data {
			links[i] = fmt.Sprintf("[%s](%s)", path.Base(f.path), f.path)
		}
		ch.After += " The numbers behind the pictures: " + strings.Join(links, ", ") + "."
	}
	if s.Scenario == nil {
		return ch
	}
	if text, err := s.Scenario.YAML(); err == nil {
		ch.After += fmt.Sprintf(" Save this as `%s.yaml` and run `limitcheck verify %[1]s.yaml`:\n\n```yaml\n%s```",
			s.dir, text)
	}
	return ch
}

func ladderTable(s *Section) *table {
	t := newTable(">d", ">n = αd", ">replicas", "engine")
	c := s.Comparison
	for i, d := range c.Dims {
		engine := s.Engines[d]
		if engine == "" {
			engine = "—"
		}
		n := "—"
		if s.Scenario != nil {
			n = fmt.Sprint(int(s.Scenario.Data.Alpha*float64(d) + 0.5))
		}
		t.add(fmt.Sprint(d), n, fmt.Sprint(c.Replicas[i]), markdown.Escape(engine))
	}
	return t
}
