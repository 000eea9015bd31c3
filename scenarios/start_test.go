package scenarios

import (
	"strings"
	"testing"
)

// Starts from which nothing moves are refused, by the name of what keeps it there; others from 0 are not.
func TestStarts(t *testing.T) {
	for _, c := range []struct{ student, method, init, want string }{
		{"{loss: square}", "kind: sgd", "{overlap: 0, norm: 0}", ""},
		{"{loss: square}", "kind: sgd", "{norm: 0}", ""},
		{"{loss: logistic, activation: relu}", "kind: sgd", "{norm: 0}", ""},
		{"{loss: phase}", "kind: sgd", "{norm: 0}", "x.yaml:6:14: init.norm: must be > 0: with overlap 0 too unit 0 starts at " +
			"0, where its gradient is 0 whatever the label (loss phase), and stays there for ever"},
		{"{loss: phase}", "kind: sgd", "{overlap: 0.1, norm: 0}", ""},
		{"{loss: phase}", "kind: langevin, temperature: 0.1", "{norm: 0}", ""},
		{"{units: 2, loss: square}", "kind: sgd", "{norm: 0}", "x.yaml:6:14: init.norm: must be > 0: units 0 and 1 start equal, " +
			"have the same gradient and stay equal for ever; different rows of init.overlap or output weights would do too"},
		{"{units: 2, loss: square, activation: erf}", "kind: sgd", "{overlap: [[0.3], [0.3]], norm: 0}", "x.yaml:6:39: init.norm: must be > " +
			"0: units 0 and 1 start equal, have the same gradient and stay equal for ever; different rows of init.overlap or " +
			"output weights would do too"},
		{"{units: 2, loss: square, output_weights: [1, -1]}", "kind: sgd", "{norm: 0}", ""},
		{"{units: 2, loss: square, activation: erf}", "kind: sgd", "{overlap: [[0], [0.3]], norm: 0}", ""},
		{"{units: 2, loss: square}", "kind: langevin, temperature: 0.1", "{norm: 0}", ""},
	} {
		label := "tanh"
		if strings.Contains(c.student, "logistic") {
			label = "sign"
		}
		text := "name: x\ndata: {alpha: 2}\nteacher: {label: " + label + "}\nstudent: " + c.student + "\nmethod: {" + c.method +
			", learning_rate: 0.1, steps: 3}\ninit: " + c.init + "\n"
		got := ""
		s, err := Parse("x.yaml", []byte(text))
		if err != nil {
			got = err.Error()
		} else if s.Init.Norm != 0 {
			t.Errorf("%s became %+v", c.init, s.Init)
		}
		if got != c.want {
			t.Errorf("%s from %s:\n got %s\nwant %s", c.student, c.init, got, c.want)
		}
	}
}
