package reports

import (
	"fmt"
	"strings"

	"limitcheck/internal/markdown"
	"limitcheck/scenarios"
)

// problem says what is learned, on what data, by which method.
func (s *section) problem() chapter {
	if s.Scenario == nil {
		return chapter{Text: "Both the theory and the runs are from elsewhere."}
	}
	return chapter{Text: "- " + strings.Join(problem(s.Scenario), "\n- ")}
}

// problem tells the scenario in words and formulas, one item a part.
func problem(s *scenarios.Scenario) []string {
	var items []string
	if s.Source != "" {
		items = append(items, "**Source.** "+markdown.Escape(s.Source))
	}
	items = append(items,
		"**Data.** "+dataWords(s),
		"**Teacher.** "+teacherWords(s),
		"**Student.** "+studentWords(&s.Student),
	)
	if o, static := s.Method.Minimizer(); static {
		what, numbers := o.Formula()
		return append(items, "**Method.** No steps: "+what+"; "+numbers+".")
	}
	return append(items, "**Method.** "+methodWords(s), "**Start.** "+startWords(s))
}

// words are what a part says of itself, or else its name after before.
func words(part any, before string) string {
	if p, ok := part.(interface{ Formula() string }); ok {
		return p.Formula()
	}
	return before + markdown.Code(scenarios.Name(part))
}

func dataWords(s *scenarios.Scenario) string {
	d := &s.Data
	sentence := "$n = \\alpha d$ samples with $\\alpha = " + markdown.Number(d.Alpha) + "$, "
	covariance, about := "I", ""
	if !d.Covariance.Identity() {
		covariance, about = "\\Sigma", " "+words(d.Covariance, "$\\Sigma$ is ")+"."
	}
	if m := d.Mixture; m != nil {
		return sentence + mixtureWords(m, covariance) + about
	}
	if f, err := s.Features(); f != nil && err == nil {
		rows, _ := f.Shape()
		return sentence + fmt.Sprintf("$x_i = z_i/\\sqrt{d}$ with $z_i$ drawn without replacement from the %d rows of %s, centred and "+
			"divided by one number so that $\\mathrm{tr} \\Sigma = d$ for their covariance $\\Sigma$, of effective rank "+
			"$(\\mathrm{tr} \\Sigma)^2/\\mathrm{tr} \\Sigma^2$ = %s. The theory is that of $N(0, \\Sigma/d)$. All replicas have the same teacher; "+
			"overlaps, norms and test quantities are means over rows that are not drawn.",
			rows, markdown.Code(d.Features), markdown.Number(f.EffectiveRank()))
	}
	if d.Entries != nil {
		root := ""
		if covariance != "I" {
			root = "\\Sigma^{1/2} "
		}
		return sentence + fmt.Sprintf("$x_i = %sz_i/\\sqrt{d}$ with independent entries of $z_i$ that are %s (the theory is that of "+
			"standard normal ones).", root, words(d.Entries, "drawn by ")) + about
	}
	return sentence + fmt.Sprintf("$x_i \\sim N(0, %s/d)$.", covariance) + about
}

// mixtureWords say where the clusters are. covariance is the LaTeX of that of z.
func mixtureWords(m *scenarios.Mixture, covariance string) string {
	where, center := "on the line of the first teacher vector $v$", "c_i v/d"
	positions := make([]string, len(m.Positions))
	for c, position := range m.Positions {
		positions[c] = markdown.Numbers(position)
		if !m.OnLine() {
			positions[c] = "(" + positions[c] + ")"
		}
	}
	if !m.OnLine() {
		where, center = "around combinations of the teacher vectors $w_{\\star m}$", "\\sum_m c_{im} w_{\\star m}/d"
	}
	delta, variance := "\\Delta", "$\\Delta = "+markdown.Number(m.Variance[0])+"$,"
	if !m.OneVariance() {
		delta, variance = "\\Delta_i", "$\\Delta_i$ one of "+markdown.Numbers(m.Variance)+" by the cluster"
	}
	return fmt.Sprintf("from a mixture %s: $x_i = %s + \\sqrt{%s} z_i$ with $z_i \\sim N(0, %s/d)$, %s and $c_i$ one of %s with "+
		"probabilities %s.", where, center, delta, covariance, variance, strings.Join(positions, ", "), markdown.Numbers(m.Weights))
}

func teacherWords(s *scenarios.Scenario) string {
	t := &s.Teacher
	weights := words(t.Weights, "entries drawn by ")
	sentence, argument := fmt.Sprintf("$w_\\star$ with %s, $h = x \\cdot w_\\star$", weights), "h"
	if t.Units > 1 {
		sentence = fmt.Sprintf("$M = %d$ units $w_{\\star m}$ with %s, $h_m = x \\cdot w_{\\star "+
			"m}$", t.Units, weights)
		argument = "\\frac{1}{\\sqrt{M}} \\sum_m h_m"
	}
	if m := s.Data.Mixture; m != nil {
		return sentence + "; the label is the cluster's: $y$ = " + markdown.Numbers(m.Labels) + "."
	}
	noise := ""
	if law := s.LabelNoise(); law.Quantile(0.9) != law.Quantile(0.1) {
		argument += " + \\varepsilon"
		noise = ", " + words(law, "noise $\\varepsilon$ drawn by ")
	}
	if l, ok := t.Label.(interface{ Formula(argument string) string }); ok {
		sentence += "; " + l.Formula(argument)
	} else {
		sentence += "; " + words(t.Label, "label ")
	}
	if left := s.LeftOut(); left != "" {
		noise += "; " + markdown.Escape(left)
	}
	return sentence + noise + "."
}

func studentWords(s *scenarios.Student) string {
	if s.Custom != nil {
		return fmt.Sprintf("%s of the fields $x \\cdot w_k$ of $K = %d$ units.", words(s.Custom, "the Go type "), s.Units)
	}
	if s.Activation == nil { // the loss is of the fields
		sentence := fmt.Sprintf("fields $r_k = x \\cdot w_k$ of $K = %d$ units", s.Units)
		if s.Biases != nil {
			sentence = strings.Replace(sentence, "w_k$", "w_k + b_k$", 1) + ", " +
				trainable("biases $b$", markdown.Numbers(s.Biases), s.BiasRate)
		}
		return sentence + "; " + words(s.Loss, "loss ") + "."
	}
	sentence := "$f = x \\cdot w$"
	weights, activation := markdown.Numbers(s.OutputWeights), words(s.Activation, "$\\sigma$ = ")
	index, bias, offset, units := "", "", "", ""
	if s.Units > 1 {
		index, units = "_k", fmt.Sprintf("$K = %d$ units, ", s.Units)
	}
	if s.Biases != nil {
		bias = " + b" + index
	}
	if s.Offset != 0 || s.OffsetRate != nil {
		offset = " + c"
	}
	f := fmt.Sprintf("a%s \\sigma(x \\cdot w%s%s)%s", index, index, bias, offset)
	if s.Units > 1 {
		f = "\\sum_k " + f
	}
	if !s.Linear() {
		sentence = fmt.Sprintf("$f = %s$ with %s%s", f, units, trainable("output weights $a$", weights, s.OutputWeightRate))
		if bias != "" {
			sentence += ", " + trainable("biases $b$", markdown.Numbers(s.Biases), s.BiasRate)
		}
		if offset != "" {
			sentence += ", " + trainable("offset $c$", markdown.Number(s.Offset), s.OffsetRate)
		}
		sentence += ", " + activation
	}
	if d := s.Dropout; d != nil {
		sentence += fmt.Sprintf(", each unit of a sample on with probability %s, anew at each step, and divided by that "+
			"(all are on where it is measured)", markdown.Number(d.Keep))
	}
	return sentence + "; " + words(s.Loss, "loss ") + "."
}

// trainable says of numbers what they are, or where they start and at which rate they are trained.
func trainable(what, start string, rate scenarios.Schedule) string {
	if rate == nil {
		return "fixed " + what + " = " + start
	}
	return fmt.Sprintf("trained %s from %s at the rate %s", what, start, markdown.Code(scenarios.Name(rate)))
}

func methodWords(s *scenarios.Scenario) string {
	o := s.Method.Optimizer
	update, numbers := "the Go type "+markdown.Code(fmt.Sprintf("%T", o)), ""
	if f, ok := o.(interface {
		Formula() (update, numbers string)
	}); ok {
		update, numbers = f.Formula()
	}
	update += ", where $U = X^{\\top} g$ and $g$ are the per-sample gradients"
	if size := s.Method.SizeWords(); size != "" {
		update += ", with " + size
	}
	if numbers != "" {
		update += "; " + numbers
	}
	batch := words(s.Method.Batch, "Batches drawn by ")
	if s.Method.Batch.Size() == 1 && !s.Method.Batch.Fresh() {
		batch = "Full batch"
	}
	if average := s.Method.AverageWords(); average != "" {
		batch += ". " + average
	}
	return fmt.Sprintf("%s; %d steps. %s.", update, s.Method.Steps, batch)
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
		words = append(words, markdown.Number(overlap[0][0])+" W_\\star")
	default:
		words = append(words, "W_\\star m^{\\top}")
	}
	if s.Init.Norm != 0 {
		words = append(words, "\\sqrt{"+markdown.Number(s.Init.Norm)+"} \\xi")
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
			rows[k] = "(" + markdown.Numbers(row) + ")"
		}
		sentence += ", $m$ = (" + strings.Join(rows, ", ") + ")"
	}
	return sentence + "."
}
