package reports

import (
	"bytes"
	"fmt"
	"html"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	goldhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// webPage renders the Markdown report as one self-contained page: pictures inline, formulas as MathML, no scripts.
func webPage(title string, markdown []byte, pictures map[string][]byte) ([]byte, error) {
	inner := extensions{pictures: pictures}
	md := goldmark.New(goldmark.WithExtensions(extension.Table, inner), goldmark.WithRendererOptions(goldhtml.WithUnsafe()))
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"+
		"<title>%s</title>\n<style>\n%s</style>\n</head>\n<body>\n", html.EscapeString(title), pageStyle)
	if err := md.Convert(markdown, &b); err != nil {
		return nil, err
	}
	b.WriteString("</body>\n</html>\n")
	return b.Bytes(), nil
}

const pageStyle = `body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 900px; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; display: block; overflow-x: auto; margin: 1em 0; }
th, td { border: 1px solid #d0d0d0; padding: .25em .6em; }
th { background: #f4f4f4; }
svg { max-width: 100%; height: auto; }
blockquote { margin: 1em 0; padding: .1em 1em; border-left: 4px solid #d0d0d0; background: #f8f8f8; }
pre { background: #f4f4f4; padding: .8em; overflow-x: auto; }
summary { cursor: pointer; font-weight: 600; margin: .6em 0; }
`

// extensions adds to goldmark what code hosts add to Markdown: formulas between dollar signs. Pictures it has at hand go
// inline.
type extensions struct{ pictures map[string][]byte }

func (e extensions) Extend(m goldmark.Markdown) {
	m.Parser().AddOptions(parser.WithInlineParsers(util.Prioritized(formulaParser{}, 50)))
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(e, 50)))
}

// A formula is the LaTeX between two dollar signs.
type formula struct {
	ast.BaseInline
	latex string
}

var formulaKind = ast.NewNodeKind("Formula")

func (*formula) Kind() ast.NodeKind            { return formulaKind }
func (f *formula) Dump(source []byte, lvl int) { ast.DumpHelper(f, source, lvl, nil, nil) }

type formulaParser struct{}

func (formulaParser) Trigger() []byte { return []byte{'$'} }

func (formulaParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	end := bytes.IndexByte(line[1:], '$')
	if end < 1 {
		return nil
	}
	block.Advance(end + 2)
	return &formula{latex: string(line[1 : end+1])}
}

func (e extensions) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(formulaKind, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		latex := n.(*formula).latex
		markup, ok := mathML(latex)
		if !ok {
			markup = "<code>" + html.EscapeString(latex) + "</code>"
		}
		_, err := w.WriteString(markup)
		return ast.WalkContinue, err
	})
	r.Register(ast.KindImage, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		svg := string(e.pictures[string(n.(*ast.Image).Destination)])
		if start := strings.Index(svg, "<svg"); start >= 0 {
			svg = svg[start:]
		}
		_, err := w.WriteString(svg)
		return ast.WalkSkipChildren, err
	})
}
