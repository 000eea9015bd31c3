package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// A table counts, by processor and kind, how many jobs gave the same bits.
type table struct {
	kinds   []string
	rows    []row
	differs []string // the first difference of each job that has one
}

type row struct {
	processor string
	skipped   bool
	same, all map[string]int
}

func (t *table) skip(processor string) {
	t.rows = append(t.rows, row{processor: processor, skipped: true})
}

func (t *table) add(processor string, j job, difference string) {
	if n := len(t.rows); n == 0 || t.rows[n-1].processor != processor {
		t.rows = append(t.rows, row{processor: processor, same: map[string]int{}, all: map[string]int{}})
	}
	r := t.rows[len(t.rows)-1]
	r.all[j.kind]++
	if difference == "" {
		r.same[j.kind]++
		return
	}
	t.differs = append(t.differs, fmt.Sprintf("%s: %s %s: %s", processor, j.kind, j.name, difference))
}

// print writes the counts and the first difference; the error says that there is one.
func (t *table) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "processor\t"+strings.Join(t.kinds, "\t"))
	for _, r := range t.rows {
		cells := []string{r.processor}
		for _, kind := range t.kinds {
			switch {
			case r.skipped:
				cells = append(cells, "as plain: not here")
			default:
				cells = append(cells, fmt.Sprintf("%d of %d", r.same[kind], r.all[kind]))
			}
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(t.differs) == 0 {
		_, err := fmt.Fprintln(out, "the same bits")
		return err
	}
	fmt.Fprintf(out, "%d differ; the first: %s\n", len(t.differs), t.differs[0])
	for _, d := range t.differs[1:] {
		first, _, _ := strings.Cut(d, "\n")
		fmt.Fprintln(out, "also", first)
	}
	return errDiffers
}
