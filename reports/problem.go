package reports

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"limitcheck/scenarios"
)

// A part is a piece of a scenario as a file names it: the kind, and its numbers by name. A kind without a formula below is
// shown as it is named, so that a new one needs no change here.
type part struct {
	kind    string
	numbers map[string]any
	name    string // as a whole
}

// partOf reads "logistic", "{sparse: 0.2}" or "0.3"; kinds tells which of several keys is the kind.
func partOf(x any, kinds ...string) part {
	p := part{name: scenarios.Name(x)}
	var v any
	if yaml.Unmarshal([]byte(p.name), &v) != nil {
		return p
	}
	switch v := v.(type) {
	case map[string]any:
		p.numbers = v
		for k := range v {
			if len(v) == 1 || slices.Contains(kinds, k) {
				p.kind = k
			}
		}
	default:
		p.kind = fmt.Sprint(v)
	}
	return p
}

func (p part) get(key string) string { return fmt.Sprint(p.numbers[key]) }

// list writes numbers with commas between.
func list(values []float64) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = short(v)
	}
	return strings.Join(words, ", ")
}

// short is x as a file has it, or four digits if that is long (1/√2).
func short(x float64) string {
	if s := strconv.FormatFloat(x, 'g', -1, 64); len(s) <= 8 {
		return s
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}

// anyList writes a list of numbers that came from a file.
func anyList(v any) string {
	values, _ := v.([]any)
	words := make([]string, len(values))
	for i, x := range values {
		words[i] = fmt.Sprint(x)
	}
	return strings.Join(words, ", ")
}

// problem tells the scenario in words and formulas, one item a part.
func problem(s *scenarios.Scenario) []string {
	return []string{
		"**Data.** " + dataWords(&s.Data),
		"**Teacher.** " + teacherWords(s),
		"**Student.** " + studentWords(&s.Student),
		"**Method.** " + methodWords(&s.Method),
		"**Start.** " + startWords(s),
	}
}

func yamlOf(s *scenarios.Scenario) string {
	b, err := s.YAML()
	if err != nil {
		return ""
	}
	return string(b)
}

func dataWords(d *scenarios.Data) string {
	words := fmt.Sprintf("$n = \\alpha d$ samples with $\\alpha = %s$, ", short(d.Alpha))
	covariance := "I"
	var about string
	if !d.Covariance.Identity() {
		covariance = "\\Sigma"
		about = " " + covarianceWords(d.Covariance)
	}
	if m := d.Mixture; m != nil {
		return words + fmt.Sprintf("from a mixture on the line of the first teacher vector $v$: $x_i = c_i v/d + \\sqrt{\\Delta} z_i$ with "+
			"$z_i \\sim N(0, %s/d)$, $\\Delta = %s$, and $c_i$ one of %s with probabilities %s.", covariance, short(m.Variance), list(m.Positions),
			list(m.Weights)) + about
	}
	return words + fmt.Sprintf("$x_i \\sim N(0, %s/d)$.", covariance) + about
}

var covarianceFormulas = map[string]func(part) string{
	"values": func(c part) string {
		return fmt.Sprintf("The eigenvalues of $\\Sigma$ are %s in the proportions %s", anyList(c.numbers["values"]), anyList(c.numbers["weights"]))
	},
	"power_law": func(c part) string {
		return fmt.Sprintf("The eigenvalues of $\\Sigma$ follow a power law, $\\lambda(u) \\propto (u + %s)^{-%s}$ for $u$ in (0, 1)",
			c.get("offset"), c.get("power_law"))
	},
	"marchenko_pastur": func(c part) string {
		return fmt.Sprintf("The eigenvalues of $\\Sigma$ follow the Marchenko–Pastur law of ratio %s", c.get("marchenko_pastur"))
	},
	"ar1": func(c part) string {
		return fmt.Sprintf("$\\Sigma_{ij} = \\varphi^{\\lvert i-j \\rvert}$ with $\\varphi = %s$ on a ring, not diagonal", c.get("ar1"))
	},
}

func covarianceWords(c scenarios.Covariance) string {
	p := partOf(c, "values", "power_law", "marchenko_pastur", "ar1")
	if f := covarianceFormulas[p.kind]; f != nil {
		return f(p) + "."
	}
	return "$\\Sigma$ is " + code(p.name) + "."
}

// labelFormulas use H for the label's argument.
var labelFormulas = map[string]string{
	"linear": "H", "sign": "\\mathrm{sign}(H)", "probit": "\\mathrm{sign}(H)", "tanh": "\\tanh(H)", "relu": "\\max(0, H)",
	"quadratic": "(H)^2",
}

func teacherWords(s *scenarios.Scenario) string {
	t := &s.Teacher
	var weights string
	switch w := partOf(t.Weights); w.kind {
	case "gaussian":
		weights = "standard normal entries"
	case "sparse":
		weights = fmt.Sprintf("Bernoulli–Gauss entries (a fraction %s is not 0; unit variance)", w.get("sparse"))
	case "piecewise":
		weights = fmt.Sprintf("piecewise constant entries (blocks of mean length %s; unit variance)", w.get("piecewise"))
	default:
		weights = "entries drawn by " + code(w.name)
	}
	words, argument := fmt.Sprintf("$w_\\star$ with %s, $h = x \\cdot w_\\star$", weights), "h"
	if t.Units > 1 {
		words = fmt.Sprintf("$M = %d$ units $w_{\\star m}$ with %s, $h_m = x \\cdot w_{\\star m}$", t.Units, weights)
		argument = "\\frac{1}{\\sqrt{M}} \\sum_m h_m"
	}
	if m := s.Data.Mixture; m != nil {
		return words + "; the label is the cluster's: $y$ = " + list(m.Labels) + "."
	}
	label := partOf(t.Label)
	noise := noiseWords(t.Noise)
	if noise != "" {
		argument += " + \\varepsilon"
	}
	switch formula, ok := labelFormulas[label.kind]; {
	case ok:
		formula = strings.ReplaceAll(formula, "(H)", "("+argument+")")
		words += "; label $y = " + strings.ReplaceAll(formula, "H", argument) + "$"
	case label.kind == "expression":
		words += "; label $y$ = " + code(label.get("expression"))
	default:
		words += "; label " + code(label.name)
	}
	return words + noise + "."
}

// noiseWords is "" where there is no noise. A standard deviation is measured on the quantile function, which serves the
// probit label's widened noise as well.
func noiseWords(n scenarios.Noise) string {
	if n.Quantile(0.9) == n.Quantile(0.1) {
		return ""
	}
	if p := partOf(n, "student_t"); p.numbers != nil {
		if p.kind == "student_t" {
			return fmt.Sprintf(", $\\varepsilon$ = %s times Student's $t$ with %s degrees of freedom", p.get("scale"), p.get("student_t"))
		}
		return ", noise $\\varepsilon$ drawn by " + code(p.name)
	}
	deviation := n.Quantile(standardNormalAt1) // Gaussian: the quantile at Φ(1)
	return fmt.Sprintf(", $\\varepsilon \\sim N(0, %s)$", strconv.FormatFloat(deviation*deviation, 'g', 4, 64))
}

// standardNormalAt1 is Φ(1).
const standardNormalAt1 = 0.8413447460685429

var lossFormulas = map[string]string{
	"square": "\\frac{1}{2}(f-y)^2", "logistic": "\\log(1 + e^{-yf})", "hinge": "\\max(0, 1 - yf)",
	"huber":    "\\frac{1}{2}\\min(\\lvert f-y \\rvert, 1)^2 + \\max(\\lvert f-y \\rvert - 1, 0)",
	"absolute": "\\lvert f-y \\rvert", "phase": "\\frac{1}{4}(f^2-y^2)^2",
}

var activationFormulas = map[string]string{
	"identity": "x", "erf": "\\mathrm{erf}(x/\\sqrt{2})", "tanh": "\\tanh(x)", "relu": "\\max(0, x)",
}

func studentWords(s *scenarios.Student) string {
	words := "$f = x \\cdot w$"
	switch activation := partOf(s.Activation); {
	case s.Units > 1:
		words = fmt.Sprintf("$f = \\sum_k a_k \\sigma(x \\cdot w_k)$ with $K = %d$ units, fixed output weights $a$ = %s, %s", s.Units,
			list(s.OutputWeights), activationWords(activation))
	case activation.kind != "identity" || s.OutputWeights[0] != 1:
		words = fmt.Sprintf("$f = a \\sigma(x \\cdot w)$ with $a$ = %s, %s", list(s.OutputWeights), activationWords(activation))
	}
	switch loss := partOf(s.Loss, "value"); {
	case lossFormulas[loss.kind] != "":
		return words + fmt.Sprintf("; %s loss $\\ell(f, y) = %s$.", loss.kind, lossFormulas[loss.kind])
	case loss.kind == "value":
		return words + fmt.Sprintf("; loss $\\ell(f, y)$ = %s with gradient %s.", code(loss.get("value")), code(loss.get("gradient")))
	default:
		return words + "; loss " + code(loss.name) + "."
	}
}

func activationWords(a part) string {
	if formula := activationFormulas[a.kind]; formula != "" {
		return "$\\sigma(x) = " + formula + "$"
	}
	return "$\\sigma$ = " + code(a.name)
}

// methodFormulas are the updates, with U for the gradient field at the point where it is taken.
var methodFormulas = map[string][2]string{
	"sgd":        {"gradient steps", "W^{t+1} = W^t - \\eta_t (U^t + \\lambda W^t)"},
	"heavy-ball": {"heavy ball", "W^{t+1} = W^t - \\eta_t (U^t + \\lambda W^t) + \\beta_t (W^t - W^{t-1})"},
	"nesterov":   {"Nesterov's method", "P^t = W^t + \\beta_t (W^t - W^{t-1}); W^{t+1} = P^t - \\eta_t (U(P^t) + \\lambda P^t)"},
	"langevin":   {"Langevin dynamics", "W^{t+1} = W^t - \\eta_t (U^t + \\lambda W^t) + \\sqrt{2 \\eta_t T} \\xi^t"},
	"ista":       {"proximal gradient (ISTA)", "W^{t+1} = \\mathrm{prox}_{\\eta_t \\psi}(W^t - \\eta_t U^t)"},
	"fista":      {"accelerated proximal gradient (FISTA)", "P^t = W^t + \\beta_t (W^t - W^{t-1}); W^{t+1} = \\mathrm{prox}_{\\eta_t \\psi}(P^t - \\eta_t U(P^t))"},
	"spherical":  {"gradient descent on the sphere", "W^{t+1} = \\sqrt{d} (W^t - \\eta_t U^t) / \\lVert W^t - \\eta_t U^t \\rVert"},
	"sign":       {"sign descent", "W^{t+1} = W^t - \\eta_t \\mathrm{sign}(U^t + \\lambda W^t)"},
	"adam":       {"Adam", "W^{t+1} = W^t - \\eta_t \\hat{m}^t / (\\sqrt{\\hat{v}^t} + \\epsilon)"},
}

func methodWords(m *scenarios.Method) string {
	f, known := methodFormulas[m.Kind]
	words := f[0] + ", $" + updateFormula(f[1], m) + "$"
	switch {
	case m.Custom != nil:
		words = "the Go type " + code(fmt.Sprintf("%T", m.Custom))
	case !known:
		words = code(m.Kind)
	}
	words += ", where $U = X^{\\top} g$ and $g$ are the per-sample gradients; " + scheduleWords("\\eta", m.LearningRate)
	if m.Momentum != nil {
		words += ", " + scheduleWords("\\beta", m.Momentum)
	}
	for _, n := range []struct {
		symbol string
		value  float64
	}{{"\\lambda", m.Ridge}, {"T", m.Temperature}, {"\\mu", m.L1}, {"\\nu", m.Fused}, {"\\beta_1", m.Decay1}, {"\\beta_2", m.Decay2}} {
		if n.value != 0 {
			words += fmt.Sprintf(", $%s = %s$", n.symbol, short(n.value))
		}
	}
	if strings.Contains(f[1], "\\psi") {
		words += ", " + penaltyWords(m)
	}
	return words + fmt.Sprintf("; %d steps. %s", m.Steps, batchWords(&m.Batch))
}

// updateFormula writes an update for the numbers at hand: no ridge, no λ; a constant has no index t.
func updateFormula(formula string, m *scenarios.Method) string {
	if m.Ridge == 0 {
		formula = strings.NewReplacer("(U^t + \\lambda W^t)", "U^t", "(U(P^t) + \\lambda P^t)", "U(P^t)").Replace(formula)
	}
	if _, ok := m.LearningRate.(scenarios.Constant); ok {
		formula = strings.ReplaceAll(formula, "\\eta_t", "\\eta")
	}
	if _, ok := m.Momentum.(scenarios.Constant); ok {
		formula = strings.ReplaceAll(formula, "\\beta_t", "\\beta")
	}
	return strings.ReplaceAll(formula, "; ", "$, $")
}

func scheduleWords(symbol string, s scenarios.Schedule) string {
	if c, ok := s.(scenarios.Constant); ok {
		return fmt.Sprintf("$%s = %s$", symbol, short(float64(c)))
	}
	return fmt.Sprintf("$%s_t$ = %s", symbol, code(strings.Trim(scenarios.Name(s), "{}")))
}

func penaltyWords(m *scenarios.Method) string {
	terms := []string{"\\mu \\sum_i \\lvert w_i \\rvert"}
	if m.Fused != 0 {
		terms = append(terms, "\\nu \\sum_i \\lvert w_{i+1} - w_i \\rvert")
	}
	if m.Ridge != 0 {
		terms = append(terms, "\\frac{\\lambda}{2} \\sum_i w_i^2")
	}
	return "$\\psi(w) = " + strings.Join(terms, " + ") + "$"
}

func batchWords(b *scenarios.Batch) string {
	fraction := short(b.Fraction)
	switch {
	case b.Sampling == "fresh":
		return fmt.Sprintf("Every step meets new samples (one pass), a fraction $b = %s$ of $n$.", fraction)
	case b.Fraction == 1:
		return "Full batch."
	case b.Sampling == "bernoulli":
		return fmt.Sprintf("Each sample is in a step's batch with probability $b = %s$, independently, and then weighs $1/b$.", fraction)
	case b.Sampling == "fixed":
		return fmt.Sprintf("Each step's batch is $bn$ samples, $b = %s$, drawn without replacement; each weighs $1/b$.", fraction)
	case b.Sampling == "epoch":
		return fmt.Sprintf("The samples are dealt at random into $1/b$ batches, $b = %s$, and reshuffled when all are used; each weighs $1/b$.", fraction)
	case b.Sampling == "persistent":
		return fmt.Sprintf("A sample stays in the batch for %s steps on average and is in it a fraction $b = %s$ of the time; it then weighs $1/b$.",
			short(b.OnTime), fraction)
	}
	return fmt.Sprintf("Batches %s, a fraction $b = %s$ of the samples.", code(b.Sampling), fraction)
}

func startWords(s *scenarios.Scenario) string {
	overlap := s.Init.Overlap
	zero := true
	for _, row := range overlap {
		for _, m := range row {
			zero = zero && m == 0
		}
	}
	var words []string
	switch {
	case zero:
	case len(overlap) == 1 && len(overlap[0]) == 1:
		words = append(words, short(overlap[0][0])+" W_\\star")
	default:
		words = append(words, "W_\\star m^{\\top}")
	}
	if s.Init.Norm != 0 {
		words = append(words, "\\sqrt{"+short(s.Init.Norm)+"} \\xi")
	}
	if words == nil {
		return "$W^0 = 0$."
	}
	sentence := "$W^0 = " + strings.ReplaceAll(strings.Join(words, " + "), "\\sqrt{1} ", "") + "$"
	if s.Init.Norm != 0 {
		sentence += ", $\\xi$ standard normal"
	}
	if !zero && len(overlap)*len(overlap[0]) > 1 {
		rows := make([]string, len(overlap))
		for k, row := range overlap {
			rows[k] = "(" + list(row) + ")"
		}
		sentence += ", $m$ = (" + strings.Join(rows, ", ") + ")"
	}
	return sentence + "."
}
