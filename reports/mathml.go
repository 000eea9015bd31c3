package reports

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mathML turns the LaTeX that this package writes into MathML, which browsers draw without help. It knows the handful
// of commands used here, no more; ok is false if it met another.
func mathML(latex string) (markup string, ok bool) {
	p := &mathParser{rest: latex, ok: true}
	row := p.row()
	return "<math>" + row + "</math>", p.ok && p.rest == ""
}

type mathParser struct {
	rest string
	ok   bool
}

var mathSymbols = map[string]string{
	"alpha": "α", "beta": "β", "lambda": "λ", "eta": "η", "mu": "μ", "nu": "ν", "xi": "ξ", "sigma": "σ", "varphi": "φ", "psi": "ψ",
	"epsilon": "ϵ", "varepsilon": "ε", "ell": "ℓ", "Delta": "Δ", "Phi": "Φ", "Sigma": "Σ", "theta": "θ", "rho": "ρ",
	"infty": "∞", "star": "⋆", "dots": "…", "top": "⊤", "cdot": "⋅", "to": "→", "sim": "∼", "propto": "∝", "lvert": "|", "rvert": "|",
	"langle": "⟨", "rangle": "⟩", "lVert": "‖", "rVert": "‖", "sum": "∑", "times": "×",
}

// row reads up to the closing brace or the end.
func (p *mathParser) row() string {
	var b strings.Builder
	for p.rest != "" && p.rest[0] != '}' {
		b.WriteString(p.scripted())
	}
	return "<mrow>" + b.String() + "</mrow>"
}

// scripted reads an atom with its sub- and superscript.
func (p *mathParser) scripted() string {
	base := p.atom()
	var below, above string
	for p.rest != "" && (p.rest[0] == '_' || p.rest[0] == '^') {
		mark := p.rest[0]
		p.rest = p.rest[1:]
		if script := p.atom(); mark == '_' {
			below = script
		} else {
			above = script
		}
	}
	switch {
	case below != "" && above != "":
		return "<msubsup>" + base + below + above + "</msubsup>"
	case below != "":
		return "<msub>" + base + below + "</msub>"
	case above != "":
		return "<msup>" + base + above + "</msup>"
	}
	return base
}

func (p *mathParser) atom() string {
	p.rest = strings.TrimLeft(p.rest, " ")
	if p.rest == "" {
		p.ok = false
		return ""
	}
	switch c, size := utf8.DecodeRuneInString(p.rest); {
	case c == '{':
		return p.group()
	case c == '\\':
		return p.command()
	case unicode.IsDigit(c):
		n := strings.IndexFunc(p.rest, func(r rune) bool { return !unicode.IsDigit(r) && r != '.' })
		if n < 0 {
			n = len(p.rest)
		}
		return "<mn>" + p.take(n) + "</mn>"
	case unicode.IsLetter(c):
		return "<mi>" + p.take(size) + "</mi>"
	default:
		return "<mo>" + strings.Replace(html.EscapeString(p.take(size)), "-", "−", 1) + "</mo>"
	}
}

func (p *mathParser) take(n int) string {
	s := p.rest[:n]
	p.rest = p.rest[n:]
	return s
}

// group reads {…}.
func (p *mathParser) group() string {
	if !strings.HasPrefix(p.rest, "{") {
		p.ok = false
		return ""
	}
	p.rest = p.rest[1:]
	row := p.row()
	if !strings.HasPrefix(p.rest, "}") {
		p.ok = false
		return row
	}
	p.rest = p.rest[1:]
	return row
}

func (p *mathParser) command() string {
	n := 1
	for n < len(p.rest) && (p.rest[n]|0x20 >= 'a' && p.rest[n]|0x20 <= 'z') {
		n++
	}
	name := strings.TrimPrefix(p.take(n), "\\")
	switch name {
	case "frac":
		return "<mfrac>" + p.group() + p.group() + "</mfrac>"
	case "sqrt":
		return "<msqrt>" + p.group() + "</msqrt>"
	case "hat":
		return "<mover>" + p.group() + "<mo>^</mo></mover>"
	case "mathrm":
		end := strings.IndexByte(p.rest, '}')
		if !strings.HasPrefix(p.rest, "{") || end < 0 {
			p.ok = false
			return ""
		}
		return "<mi>" + html.EscapeString(strings.Trim(p.take(end+1), "{}")) + "</mi>"
	case "log", "exp", "cosh", "sinh", "tanh", "cos", "sin", "max", "min":
		return "<mi>" + name + "</mi>"
	}
	symbol, known := mathSymbols[name]
	p.ok = p.ok && known
	if len(symbol) > 0 && unicode.IsLetter([]rune(symbol)[0]) {
		return "<mi>" + symbol + "</mi>"
	}
	return "<mo>" + symbol + "</mo>"
}
