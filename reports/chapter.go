package reports

import (
	"embed"
	"fmt"
	"text/template"

	"limitcheck/internal/markdown"
)

//go:embed report.md.tmpl
var templates embed.FS

var layout = template.Must(template.ParseFS(templates, "*.tmpl"))

// A chapter answers one question about a run: it gathers its numbers, finds the words for them and lays out tables and
// pictures. What it has stands in the order of the fields, what it does not have is left out, and one that has nothing
// does not appear. All text is Markdown.
type chapter struct {
	Anchor  string // where links lead
	Heading string // with its marks; if Folded, the line that opens the chapter
	Folded  bool
	Text    string
	Table   *table
	After   string // text below the table
	Figures []figure

	Aside []figure // left to the chapter of more pictures
	Data  []file   // written beside the pictures, and named where the section says how it is reproduced
}

// A figure is a picture with its caption.
type figure struct {
	Path         string // in the run directory
	Alt, Caption string
	picture      picture
}

// A file is data behind a chapter.
type file struct {
	path string // in the run directory
	data []byte
}

// A section is a Section on its way to paper.
type section struct {
	*Section
	dir    string // its directory in the run directory, and its anchor
	ladder ladder // of the run
	// publish: figures are for a paper, and all that is in them is written beside them.
	publish bool

	// What the chapters so far have put aside.
	aside []figure
	data  []file
}

// The chapters, in order. To add one: a file with its function, and a line here.
var (
	front = []func(*Report) chapter{
		(*Report).overview,
		(*Report).guide,
	}
	ofSection = []func(*section) chapter{
		(*section).outcome,
		(*section).theirs,
		(*section).departure,
		(*section).problem,
		(*section).curves,
		(*section).convergence,
		(*section).agreement,
		(*section).families,
		(*section).usable,
		(*section).flow,
		(*section).ablations,
		(*section).notes,
		(*section).correction,
		(*section).kernels,
		(*section).more,
		(*section).reproduce,
	}
	back = []func(*Report) chapter{
		(*Report).provenance,
	}
)

// chapters are the whole report.
func (r *Report) chapters() []chapter {
	var all []chapter
	for _, write := range front {
		all = append(all, write(r))
	}
	for _, g := range r.grids() {
		all = append(all, g.chapters()...)
	}
	dirs := directories(r.Sections)
	for i := range r.Sections {
		s := &section{Section: &r.Sections[i], dir: dirs[i], ladder: ladderOf(r.Sections), publish: r.Figures != nil}
		for _, write := range ofSection {
			c := write(s)
			s.aside, s.data = append(s.aside, c.Aside...), append(s.data, c.Data...)
			all = append(all, c)
		}
	}
	for _, write := range back {
		all = append(all, write(r))
	}
	return all
}

// tabled is a chapter that is nothing without its table.
func tabled(c chapter) chapter {
	if len(c.Table.rows) == 0 {
		return chapter{}
	}
	return c
}

// figure is a picture in the section's directory.
func (s *section) figure(name, alt, caption string, p picture) figure {
	return figure{s.dir + "/" + name + ".svg", alt + ", " + markdown.Escape(s.name()), caption, p}
}

// file is a file in the section's directory.
func (s *section) file(name string, data []byte) file { return file{s.dir + "/" + name, data} }

// files draws the chapter's pictures and adds its data.
func (c *chapter) files(formats []string) ([]file, error) {
	var files []file
	for _, f := range c.Figures {
		drawn, err := f.picture.figures(f.Path, formats)
		if err != nil {
			return nil, err
		}
		files = append(files, drawn...)
	}
	for _, f := range c.Data {
		arrays, err := f.arrays()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.path, err)
		}
		files = append(append(files, f), arrays...)
	}
	return files, nil
}
