package reports

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"limitcheck/scenarios"
	"limitcheck/theory"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{number(0.01234, 2), "0.012"}, {number(0.000012, 2), "1.2e−5"}, {number(-3.14159, 3), "−3.14"}, {number(0, 3), "0"},
		{number(1234567, 2), "1.2e6"}, {number(61.2, 3), "61.2"}, {number(1234, 2), "1234"}, {number(math.NaN(), 2), "—"}, {number(math.Inf(1), 2), "∞"},
		{fixed(-0.5, 2), "−0.50"}, {fixed(math.NaN(), 2), "—"},
		{pValue(0.412), "0.41"}, {pValue(0.00123), "0.0012"}, {pValue(0), "< 0.0001"}, {pValue(1), "1.00"}, {pEquals(0), "p < 0.0001"},
		{percent(0.01), "1 %"}, {percent(0.0123), "1.2 %"}, {percent(math.NaN()), "—"},
		{power(1, 4), "10⁴"}, {power(2, -5), "2·10^{−5}"}, {power(5, -2), "0.05"}, {dimLabel(250), "250"}, {dimLabel(1000000), "10⁶"},
		{dimLabel(30000), "3·10⁴"}, {dimLabel(12500), "12500"},
		{duration(0.0123), "12 ms"}, {duration(3.14), "3.1 s"}, {duration(75.2), "1m15s"},
		{observableLabel("overlap_0_1"), "overlap (0, 1)"}, {observableSymbol("norm_0_1"), "W₀ᵀΣW₁ / d"}, {observableLabel("test_error"), "test error"},
		{observableLabel("my_own"), "my own"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

var formulas = regexp.MustCompile(`\$([^$]+)\$`)

// checkWords fails on text with holes in it and on formulas that the page cannot draw.
func checkWords(t *testing.T, words string) {
	t.Helper()
	if strings.Contains(words, "%!") || strings.Contains(words, "<nil>") || strings.Contains(words, "NaN") {
		t.Errorf("holes in %q", words)
	}
	if strings.Count(words, "$")%2 != 0 {
		t.Errorf("a formula is open in %q", words)
	}
	for _, f := range formulas.FindAllStringSubmatch(words, -1) {
		if markup, ok := mathML(f[1]); !ok {
			t.Errorf("cannot draw $%s$: %s", f[1], markup)
		}
	}
}

func TestProblemsOfTheCatalogue(t *testing.T) {
	var all strings.Builder
	for _, s := range scenarios.Catalogue() {
		words := strings.Join(problem(s), "\n- ")
		checkWords(t, words)
		all.WriteString("## " + s.Name + "\n\n- " + words + "\n\n")
	}
	checkGolden(t, "problems.md", all.String())
}

func TestProblem(t *testing.T) {
	const rest = "\ninit: {overlap: 0.2, norm: 0.25}"
	for _, c := range []struct{ yaml, want string }{
		{"data: {alpha: 2, covariance: {values: [0.5, 1.5], weights: [0.5, 0.5]}}\nteacher: {label: linear, noise: 0.5}\nstudent: {loss: square}\n" +
			"method: {kind: heavy-ball, learning_rate: 0.1, momentum: 0.6, steps: 3}",
			"x_i \\sim N(0, \\Sigma/d)$. The eigenvalues of $\\Sigma$ are 0.5, 1.5 in the proportions 0.5, 0.5.|$y = h + \\varepsilon$, $\\varepsilon \\sim N(0, 0.25)$|" +
				"heavy ball, $W^{t+1} = W^t - \\eta U^t + \\beta (W^t - W^{t-1})$|$\\beta = 0.6$; 3 steps. Full batch.|$W^0 = 0.2 W_\\star + \\sqrt{0.25} \\xi$"},
		{"data: {alpha: 2, covariance: {ar1: 0.6}}\nteacher: {label: linear, weights: {sparse: 0.2}}\nstudent: {loss: square}\n" +
			"method: {kind: fista, learning_rate: 0.1, l1: 0.3, ridge: 0.1, steps: 3}",
			"\\varphi = 0.6$|a fraction 0.2 is not 0|$P^t = W^t + \\beta_t (W^t - W^{t-1})$, $W^{t+1} =|$\\psi(w) = \\mu \\sum_i \\lvert w_i \\rvert + \\frac{\\lambda}{2}|$\\mu = 0.3$"},
		{"data: {alpha: 2, covariance: {power_law: 1.2}}\nteacher: {label: linear}\nstudent: {loss: square}\nmethod: {kind: langevin, learning_rate: 0.1, temperature: 0.3, steps: 3}",
			"follow a power law|$T = 0.3$"},
		{"data: {alpha: 2}\nteacher: {label: probit}\nstudent: {loss: logistic}\nmethod: {kind: sgd, learning_rate: {schedule: power, initial: 0.3, exponent: 0.5}, steps: 3, " +
			"batch: {fraction: 0.25, sampling: epoch}}", "$\\varepsilon \\sim N(0, 1)$|$\\eta_t$ = `|dealt at random|b = 0.25"},
		{"data: {alpha: 2}\nteacher: {label: {expression: \"tanh(h[0] + h[1]^3)\"}, units: 2}\nstudent: {loss: square, units: 2, activation: erf}\n" +
			"method: {kind: sgd, learning_rate: 0.1, steps: 3}",
			"$M = 2$ units|label $y$ = `tanh(h[0] + h[1]^3)`|$K = 2$ units, fixed output weights $a$ = 0.7071, 0.7071, $\\sigma(x) = \\mathrm{erf}(x/\\sqrt{2})$|W_\\star m^{\\top}|$m$ = ((0.2, 0), (0, 0.2))"},
		{"data: {alpha: 2, mixture: {positions: [-1, 1], weights: [0.5, 0.5], labels: [-1, 1], variance: 0.5}}\nstudent: {loss: logistic}\n" +
			"method: {kind: sgd, learning_rate: 0.1, steps: 3, batch: {fraction: 0.5, sampling: fresh}}",
			"$\\Delta = 0.5$, and $c_i$ one of -1, 1 with probabilities 0.5, 0.5|the label is the cluster's: $y$ = -1, 1|new samples (one pass)"},
	} {
		s, err := scenarios.Parse("test.yaml", []byte("name: x\n"+c.yaml+rest))
		if err != nil {
			t.Error(err)
			continue
		}
		words := strings.Join(problem(s), "\n")
		checkWords(t, words)
		for _, want := range strings.Split(c.want, "|") {
			if !strings.Contains(words, want) {
				t.Errorf("%s\nlacks %q in\n%s", c.yaml, want, words)
			}
		}
	}
}

// A caller's own parts are told by their words, or else by name; nothing is said that is not so of them.
func TestProblemOfGoParts(t *testing.T) {
	s := problemOf("mine", "")
	s.Student.Loss, s.Teacher.Noise, s.Method.Optimizer = logCosh{}, uniform{}, halving{}
	words := strings.Join(problem(s), "\n")
	checkWords(t, words)
	for _, want := range []string{"; log-cosh loss $\\ell(f, y) = \\log(\\cosh(f-y))$.", "$y = h + \\varepsilon$, noise $\\varepsilon$ drawn by `reports.uniform`.",
		"the Go type `reports.halving`, where $U = X^{\\top} g$ and $g$ are the per-sample gradients; 40 steps."} {
		if !strings.Contains(words, want) {
			t.Errorf("no %q in\n%s", want, words)
		}
	}
	s.Student.Loss = nameless{}
	if words := strings.Join(problem(s), "\n"); !strings.Contains(words, "; loss `reports.nameless`.") {
		t.Error(words)
	}
}

type nameless struct{}

func (nameless) Value(f, y float64) float64    { return math.Log(math.Cosh(f - y)) }
func (nameless) Gradient(f, y float64) float64 { return math.Tanh(f - y) }

type logCosh struct{ nameless }

func (logCosh) Formula() string { return "log-cosh loss $\\ell(f, y) = \\log(\\cosh(f-y))$" }

type uniform struct{}

func (uniform) Quantile(u float64) float64 { return 2*u - 1 }

type halving struct{ scenarios.Optimizer }

func TestAblationWords(t *testing.T) {
	for _, a := range theory.Ablations() {
		words := ablationWords(string(a))
		checkWords(t, words)
		if !strings.Contains(words, " ") || strings.Contains(words, strings.ReplaceAll(string(a), "-", " ")+"\x00") || strings.Contains(words, "|") {
			t.Errorf("%s: %q", a, words)
		}
	}
	checkWords(t, read(t, "testdata", "report.md"))
}

// The converter draws what the reports write and says so when it meets what it does not know.
func TestMathML(t *testing.T) {
	for latex, want := range map[string]string{
		`x`:           "<math><mrow><mi>x</mi></mrow></math>",
		`a_1^{-2}`:    "<math><mrow><msubsup><mi>a</mi><mn>1</mn><mrow><mo>−</mo><mn>2</mn></mrow></msubsup></mrow></math>",
		`\frac{1}{2}`: "<math><mrow><mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac></mrow></math>",
		`0.25 \alpha`: "<math><mrow><mn>0.25</mn><mi>α</mi></mrow></math>",
		`d < 3`:       "<math><mrow><mi>d</mi><mo>&lt;</mo><mn>3</mn></mrow></math>",
	} {
		if got, ok := mathML(latex); got != want || !ok {
			t.Errorf("%s: %s, %t", latex, got, ok)
		}
	}
	for _, bad := range []string{`\unknown`, `{x`, `x}`, `x^`, `\frac{1}`, `\mathrm{x`, `\hat`, `\sqrt x`} {
		if _, ok := mathML(bad); ok {
			t.Errorf("%s is taken for a formula", bad)
		}
	}
	rapid.Check(t, func(t *rapid.T) { // whatever it is given, what comes out can be put on a page
		latex := rapid.StringOf(rapid.SampledFrom([]rune(`\{}^_ab1.<&é$ fracsqrt`))).Draw(t, "latex")
		markup, _ := mathML(latex)
		for d := xml.NewDecoder(strings.NewReader(markup)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				t.Fatalf("%q became %s: %v", latex, markup, err)
			}
		}
	})
}

// A student of the caller's own has no loss that could be spelled.
func TestStudentOfTheCaller(t *testing.T) {
	s := &scenarios.Student{Units: 2, Custom: (&scenarios.Student{}).Model()}
	if got, want := studentWords(s), "the Go type `scenarios.committee` of the fields $x \\cdot w_k$ of $K = 2$ units."; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
