/*
Audit makes the curves that other people's programs would print, to see what a check from outside says to them: those of
recursions that solve the limit of ridge regression in the kernel form and are wrong in one line each, of the same
recursion without a mistake, and of a solver that has no recursion at all.

	go run ./internal/audit [--digits N] [--verify PROGRAM [--report FILE]] DIR

DIR/NAME.csv has the columns step, overlap, norm, cosine, train_loss, test_loss. Standard output has one line a curve: its
file, the scenario of the catalogue that it is about, the ablations among which a diagnosis must name one ("none" where no
mistake of limitcheck's table is this one, "-" for a right curve), and what is wrong with the recursion. The mistakes are
properties of the recursions. With --verify, PROGRAM, which is limitcheck, verifies each curve, standard output is the table
of its answers, FILE the gallery's page around it, and an answer that is not as it should be a failure. Nothing here is
shared with package theory, which has none of these recursions.
*/
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/alecthomas/kong"
)

// The problems of the catalogue that are audited.
var (
	ridgeGD  = problem{alpha: 3, rate: 0.1, ridge: 0.5, batch: 1, overlap: 0.2, norm: 1, steps: 50}
	ridgeSGD = problem{alpha: 3, rate: 0.1, ridge: 0.5, batch: 0.5, overlap: 0.2, norm: 1, steps: 50}
)

// An entry is one curve.
type entry struct {
	name, scenario string
	expected       string // the ablation of limitcheck that it is, "none" or "-"
	words          string
	curve          func() curve
}

var entries = []entry{
	{"right", "ridge-sgd", "-", "the recursion as it should be", func() curve { return ridgeSGD.solve(none) }},
	{"modes", "ridge-gd", "-", "another solver: the average over the Marchenko-Pastur law", ridgeGD.modes},
	{"response-diagonal", "ridge-sgd", "shifted-response", "the response's diagonal starts at column 1 instead of 0",
		func() curve { return ridgeSGD.solve(diagonalAtOne) }},
	{"propagator-diagonal", "ridge-sgd", "none", "the response is 1 at equal times: a kick of the weights one step early",
		func() curve { return ridgeSGD.solve(propagatorDiagonal) }},
	{"short-sum", "ridge-sgd", "short-memory", "the memory sum ends one term short",
		func() curve { return ridgeSGD.solve(oneTermShort) }},
	{"unfilled-kernel", "ridge-sgd", "no-memory", "the memory is read from a row of the response that is filled afterwards",
		func() curve { return ridgeSGD.solve(notFilledYet) }},
	{"redrawn-noise", "ridge-sgd", "redrawn-noise", "the noise of the gradient field is drawn anew at each step",
		func() curve { return ridgeSGD.solve(redrawnNoise) }},
	{"batch-weight", "ridge-sgd", "double-batch", "the weight 1/b of a batch is taken twice",
		func() curve { return ridgeSGD.solve(weightTwice) }},
}

type command struct {
	Digits int    `help:"Digits after the point." default:"6"`
	Verify string `help:"Have this limitcheck verify the curves." placeholder:"PROGRAM"`
	Report string `help:"Write a page about the answers." placeholder:"FILE"`
	Dir    string `arg:"" help:"Directory for the curves."`
}

func main() {
	var c command
	k := kong.Parse(&c, kong.Name("audit"), kong.Description("Make curves of recursions with known mistakes."))
	k.FatalIfErrorf(c.run())
}

func (c command) run() error {
	if err := os.MkdirAll(c.Dir, 0o777); err != nil {
		return err
	}
	for _, e := range entries {
		name := filepath.Join(c.Dir, e.name+".csv")
		if err := os.WriteFile(name, e.curve().csv(c.Digits), 0o666); err != nil {
			return err
		}
		if c.Verify == "" {
			fmt.Printf("%s %s %s %s\n", name, e.scenario, e.expected, e.words)
		}
	}
	if c.Verify == "" {
		return nil
	}
	table, unexpected, err := verify(c.Verify, c.Dir)
	if err != nil {
		return err
	}
	os.Stdout.Write(table)
	if c.Report != "" {
		if err := os.WriteFile(c.Report, report(table, unexpected), 0o666); err != nil {
			return err
		}
	}
	if unexpected > 0 {
		return fmt.Errorf("%d of %d answers are not as they should be", unexpected, len(entries))
	}
	return nil
}

// csv prints a curve with so many digits after the point.
func (c curve) csv(digits int) []byte {
	var b bytes.Buffer
	b.WriteString("step,overlap,norm,cosine,train_loss,test_loss\n")
	for t, p := range c {
		fmt.Fprintf(&b, "%d", t)
		for _, x := range []float64{p.overlap, p.norm, p.cosine(), p.trainLoss, p.testLoss} {
			fmt.Fprintf(&b, ",%.*f", digits, x)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}
