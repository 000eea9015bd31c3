package reports

import (
	"fmt"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"

	"limitcheck/scenarios"
)

// A tree is a scenario file as decoded: the names of losses, labels and methods live there, not on the Go types.
// A name without a formula below is shown as it is, so that a new kind needs no change here.
type tree map[string]any

func (t tree) at(key string) tree {
	switch v := t[key].(type) {
	case map[string]any:
		return v
	case string:
		return tree{v: nil}
	}
	return nil
}

// show writes a value of the file as a number or in code.
func (t tree) show(key string) string {
	switch v := t[key].(type) {
	case nil:
		return ""
	case string:
		return code(v)
	case map[string]any:
		return code(inline(v))
	case []any:
		return list(v)
	default:
		return fmt.Sprint(v)
	}
}

func list(values []any) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, ", ")
}

// inline is the map on one line, keys in order.
func inline(m map[string]any) string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for i, k := range keys {
		keys[i] = fmt.Sprintf("%s: %v", k, m[k])
	}
	return strings.Join(keys, ", ")
}

// kind is the name of a choice: the value itself, or the one key of its map that is in names.
func kind[V any](value any, names map[string]V) string {
	if s, ok := value.(string); ok {
		return s
	}
	if m, ok := value.(map[string]any); ok {
		for k := range m {
			if _, ok := names[k]; ok {
				return k
			}
		}
	}
	return ""
}

// problem tells the scenario in words and formulas, one paragraph a part.
func problem(s *scenarios.Scenario) []string {
	return describe(yamlOf(s), s)
}

func describe(text string, s *scenarios.Scenario) []string {
	var t tree
	if err := yaml.Unmarshal([]byte(text), &t); err != nil || len(t) == 0 {
		return []string{fmt.Sprintf("$\\alpha = %v$, %d student and %d teacher units, %d steps.\n", s.Data.Alpha, s.Student.Units,
			s.Teacher.Units, s.Method.Steps)}
	}
	parts := [][2]string{
		{"Data", dataWords(t.at("data"))},
		{"Teacher", teacherWords(t.at("teacher"), t.at("data"), s.Teacher.Units)},
		{"Student", studentWords(t.at("student"), s.Student.Units)},
		{"Method", methodWords(t.at("method"))},
		{"Start", startWords(t.at("init"), s)},
	}
	lines := make([]string, len(parts))
	for i, p := range parts {
		lines[i] = "- **" + p[0] + ".** " + p[1]
	}
	lines[len(lines)-1] += "\n"
	return lines
}

func yamlOf(s *scenarios.Scenario) string {
	y, ok := any(s).(interface{ YAML() ([]byte, error) })
	if !ok {
		return ""
	}
	b, err := y.YAML()
	if err != nil {
		return ""
	}
	return string(b)
}

func dataWords(d tree) string {
	words := fmt.Sprintf("$n = \\alpha d$ samples with $\\alpha = %v$, ", d["alpha"])
	if m := d.at("mixture"); m != nil {
		return words + fmt.Sprintf("from a mixture on the teacher's line: $x_i = c_i v/d + \\sqrt{\\Delta} z_i$ with $z_i \\sim N(0, \\Sigma/d)$, "+
			"$\\Delta = %v$, $c_i$ one of %s with probabilities %s.", orElse(m["variance"], 1), m.show("positions"), m.show("weights")) +
			covarianceWords(d["covariance"], " ")
	}
	if c := d["covariance"]; c == nil || c == "identity" {
		return words + "$x_i \\sim N(0, I/d)$."
	}
	return words + "$x_i \\sim N(0, \\Sigma/d)$." + covarianceWords(d["covariance"], " ")
}

var covarianceFormulas = map[string]func(tree) string{
	"values": func(c tree) string {
		return fmt.Sprintf("the eigenvalues of $\\Sigma$ are %s in the proportions %s", c.show("values"), c.show("weights"))
	},
	"power_law": func(c tree) string {
		return fmt.Sprintf("the eigenvalues of $\\Sigma$ follow a power law, $\\lambda(u) \\propto (u + %v)^{-%v}$ for $u$ in (0, 1)",
			orElse(c["offset"], 0.05), c["power_law"])
	},
	"marchenko_pastur": func(c tree) string {
		return fmt.Sprintf("the eigenvalues of $\\Sigma$ follow the Marchenko–Pastur law of ratio %v", c["marchenko_pastur"])
	},
	"ar1": func(c tree) string {
		return fmt.Sprintf("$\\Sigma_{ij} = \\varphi^{\\lvert i-j \\rvert}$ with $\\varphi = %v$ on a ring, not diagonal", c["ar1"])
	},
}

func covarianceWords(c any, before string) string {
	name := kind(c, covarianceFormulas)
	if name == "" || name == "identity" {
		return ""
	}
	f, m := covarianceFormulas[name], tree{"c": c}.at("c")
	if f == nil || m == nil {
		return before + "Covariance " + tree{"c": c}.show("c") + "."
	}
	return before + upper(f(m)) + "."
}

// labelFormulas use H for the label's argument.
var labelFormulas = map[string]string{
	"linear": "H", "sign": "\\mathrm{sign}(H)", "probit": "\\mathrm{sign}(H)", "tanh": "\\tanh(H)", "relu": "\\max(0, H)",
	"quadratic": "(H)^2",
}

func teacherWords(t, data tree, units int) string {
	weights := "standard normal entries"
	switch w := t.at("weights"); {
	case w["sparse"] != nil:
		weights = fmt.Sprintf("Bernoulli–Gauss entries (a fraction %v is not 0, unit variance)", w["sparse"])
	case w["piecewise"] != nil:
		weights = fmt.Sprintf("piecewise constant entries (blocks of mean length %v, unit variance)", w["piecewise"])
	case t["weights"] != nil && t["weights"] != "gaussian":
		weights = "entries drawn by " + t.show("weights")
	}
	words := fmt.Sprintf("one unit $w_\\star$ with %s, $h = x \\cdot w_\\star$; ", weights)
	argument := "h"
	if units > 1 {
		words = fmt.Sprintf("$M = %d$ units with %s, $h_m = x \\cdot w_{\\star m}$; ", units, weights)
		argument = "\\frac{1}{\\sqrt{M}} \\sum_m h_m"
	}
	if m := data.at("mixture"); m != nil {
		return strings.TrimSuffix(words, "; ") + "; the label is the cluster's: " + m.show("labels") + "."
	}
	name := kind(t["label"], map[string]bool{"expression": true})
	noise := noiseWords(t["noise"], name)
	if noise != "" {
		argument += " + \\varepsilon"
	}
	formula, ok := labelFormulas[name]
	switch {
	case ok:
		formula = strings.ReplaceAll(formula, "(H)", "("+argument+")")
		words += "label $y = " + strings.ReplaceAll(formula, "H", argument) + "$"
	case name == "expression":
		words += "label " + tree(t.at("label")).show("expression")
	default:
		words += "label " + t.show("label")
	}
	return words + noise + "."
}

func noiseWords(noise any, label string) string {
	switch n := noise.(type) {
	case map[string]any:
		return fmt.Sprintf(", noise $\\varepsilon$ heavy-tailed: %s", code(inline(n)))
	case nil:
	default:
		if s := fmt.Sprint(n); s != "0" && s != "0.0" {
			if label == "probit" {
				return fmt.Sprintf(", $\\varepsilon \\sim N(0, 1 + %s^2)$", s)
			}
			return fmt.Sprintf(", $\\varepsilon \\sim N(0, %s^2)$", s)
		}
	}
	if label == "probit" {
		return ", $\\varepsilon \\sim N(0, 1)$"
	}
	return ""
}

var lossFormulas = map[string]string{
	"square": "\\frac{1}{2}(f-y)^2", "logistic": "\\log(1 + e^{-yf})", "hinge": "\\max(0, 1 - yf)",
	"huber":    "\\frac{1}{2}\\min(\\lvert f-y \\rvert, 1)^2 + \\max(\\lvert f-y \\rvert - 1, 0)",
	"absolute": "\\lvert f-y \\rvert", "phase": "\\frac{1}{4}(f^2-y^2)^2",
}

var activationFormulas = map[string]string{
	"identity": "x", "erf": "\\mathrm{erf}(x/\\sqrt{2})", "tanh": "\\tanh(x)", "relu": "\\max(0, x)",
}

func studentWords(s tree, units int) string {
	activation, _ := s["activation"].(string)
	if activation == "" {
		activation = "identity"
	}
	words := "$f = x \\cdot w$"
	switch sigma := activationFormulas[activation]; {
	case units > 1:
		words = fmt.Sprintf("$f = \\sum_k a_k \\sigma(x \\cdot w_k)$, $K = %d$ units", units)
		if a := s.show("output_weights"); a != "" {
			words += ", fixed output weights $a$ = " + a
		}
		words += ", " + activationWords(activation, sigma)
	case activation != "identity":
		words = "$f = \\sigma(x \\cdot w)$, " + activationWords(activation, sigma)
	}
	name := kind(s["loss"], map[string]bool{"value": true})
	switch formula := lossFormulas[name]; {
	case formula != "":
		return words + fmt.Sprintf("; %s loss $\\ell(f, y) = %s$.", name, formula)
	case name == "value":
		l := s.at("loss")
		return words + fmt.Sprintf("; loss %s with gradient %s.", l.show("value"), l.show("gradient"))
	}
	return words + "; loss " + s.show("loss") + "."
}

func activationWords(name, formula string) string {
	if formula == "" {
		return "$\\sigma$ = " + code(name)
	}
	return "$\\sigma(x) = " + formula + "$"
}

// methodFormulas are the updates, with U for the gradient field at the point where it is taken.
var methodFormulas = map[string][2]string{
	"sgd":        {"gradient descent", "W^{t+1} = W^t - \\eta_t (U^t + \\lambda W^t)"},
	"heavy-ball": {"heavy ball", "W^{t+1} = W^t - \\eta_t (U^t + \\lambda W^t) + \\beta_t (W^t - W^{t-1})"},
	"nesterov":   {"Nesterov's method", "P^t = W^t + \\beta_t (W^t - W^{t-1}), W^{t+1} = P^t - \\eta_t (U(P^t) + \\lambda P^t)"},
	"langevin":   {"Langevin dynamics", "W^{t+1} = W^t - \\eta_t (U^t + \\lambda W^t) + \\sqrt{2 \\eta_t T} \\xi^t"},
	"ista":       {"proximal gradient (ISTA)", "W^{t+1} = \\mathrm{prox}_{\\eta_t \\psi}(W^t - \\eta_t U^t)"},
	"fista":      {"accelerated proximal gradient (FISTA)", "P^t = W^t + \\beta_t (W^t - W^{t-1}), W^{t+1} = \\mathrm{prox}_{\\eta_t \\psi}(P^t - \\eta_t U(P^t))"},
	"spherical":  {"gradient descent on the sphere", "W^{t+1} = \\sqrt{d} (W^t - \\eta_t U^t) / \\lVert W^t - \\eta_t U^t \\rVert"},
	"sign":       {"sign descent", "W^{t+1} = W^t - \\eta_t \\mathrm{sign}(U^t + \\lambda W^t)"},
	"adam":       {"Adam", "W^{t+1} = W^t - \\eta_t \\hat{m}^t / (\\sqrt{\\hat{v}^t} + \\epsilon)"},
}

// methodKeys are the numbers of a method in the order and with the symbols of the formulas.
var methodKeys = []struct{ key, symbol string }{
	{"learning_rate", "\\eta"}, {"ridge", "\\lambda"}, {"momentum", "\\beta"}, {"temperature", "T"}, {"l1", "\\ell_1"}, {"fused", "fused"},
	{"decay1", "\\beta_1"}, {"decay2", "\\beta_2"},
}

func methodWords(m tree) string {
	name, _ := m["kind"].(string)
	words := "method " + m.show("kind")
	if f, ok := methodFormulas[name]; ok {
		words = f[0] + ", $" + strings.ReplaceAll(f[1], ", W^{t+1}", "$, $W^{t+1}") + "$"
	}
	words += ", $U^t = X^{\\top} g^t$"
	for _, k := range methodKeys {
		switch v := m[k.key].(type) {
		case nil:
		case map[string]any, string:
			words += fmt.Sprintf(", $%s_t$ = %s", k.symbol, m.show(k.key))
		default:
			words += fmt.Sprintf(", $%s = %v$", k.symbol, v)
		}
	}
	return words + fmt.Sprintf("; %v steps. %s", m["steps"], batchWords(m.at("batch")))
}

func batchWords(b tree) string {
	fraction := fmt.Sprint(orElse(b["fraction"], 1))
	sampling, _ := b["sampling"].(string)
	full := fraction == "1" || fraction == "1.0"
	switch {
	case sampling == "fresh":
		return fmt.Sprintf("Every step meets new samples (one pass), a fraction $b = %s$ of $n$.", fraction)
	case full:
		return "Full batch."
	case sampling == "" || sampling == "bernoulli":
		return fmt.Sprintf("Each sample is in a step's batch with probability $b = %s$, independently, and then weighs $1/b$.", fraction)
	case sampling == "fixed":
		return fmt.Sprintf("Each step's batch is $bn$ samples, $b = %s$, drawn without replacement; each weighs $1/b$.", fraction)
	case sampling == "epoch":
		return fmt.Sprintf("The samples are dealt at random into $1/b$ batches, $b = %s$, and reshuffled when all are used; each weighs $1/b$.", fraction)
	case sampling == "persistent":
		return fmt.Sprintf("A sample stays in the batch for %v steps on average and is in it a fraction $b = %s$ of the time; it then weighs $1/b$.",
			b["on_time"], fraction)
	}
	return fmt.Sprintf("Batches %s, a fraction $b = %s$ of the samples.", code(sampling), fraction)
}

func startWords(t tree, s *scenarios.Scenario) string {
	norm := orElse(t["norm"], s.Init.Norm)
	if fmt.Sprint(norm) == "0" && fmt.Sprint(t["overlap"]) == "0" {
		return "$W^0 = 0$."
	}
	if _, matrix := t["overlap"].([]any); matrix || s.Student.Units*s.Teacher.Units > 1 {
		return fmt.Sprintf("$W^0 = W_\\star m^{\\top} + \\sqrt{%v} \\xi$ with $\\xi$ standard normal and overlaps $m$ = %v.", norm, t["overlap"])
	}
	return fmt.Sprintf("$W^0 = %v W_\\star + \\sqrt{%v} \\xi$ with $\\xi$ standard normal.", t["overlap"], norm)
}

func orElse(v, other any) any {
	if v == nil {
		return other
	}
	return v
}

func upper(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
