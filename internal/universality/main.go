/*
Universality trains ridge regression on data of six laws of entries, counts the runs that diverge and compares the others with the
limit, which is that of Gaussian entries: the gallery's page on where the limit is universal.

	go run ./internal/universality [--replicas N] [--dims D,…] --report FILE
*/
package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/montanaflynn/stats"

	"limitcheck/montecarlo"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

//go:embed page.md
var page string

// laws are those of the entries, as a scenario file names them.
var laws = []string{"gaussian", "rademacher", "uniform", "{sparse: 0.1}", "{student_t: 5}", "{student_t: 3}"}

const problem = `name: universality
data: {alpha: 2, entries: %s}
teacher: {label: linear}
student: {loss: square}
method: {kind: sgd, learning_rate: 0.25, ridge: 0.1, steps: 20}
init: {overlap: 0, norm: 0}`

type command struct {
	Replicas int    `default:"25" help:"Runs of each law at each d."`
	Dims     []int  `default:"250,500,1000" help:"Dimensions."`
	Report   string `required:"" help:"The page to write."`
}

func main() {
	var c command
	kong.Parse(&c)
	text, err := c.page(context.Background())
	if err == nil {
		err = os.WriteFile(c.Report, []byte(text), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "universality:", err)
		os.Exit(1)
	}
}

// page is the whole page.
func (c *command) page(ctx context.Context) (string, error) {
	s, err := scenario(laws[0])
	if err != nil {
		return "", err
	}
	limit, err := theory.Solve(ctx, s, theory.Settings{})
	if err != nil {
		return "", err
	}
	last := limit.Mean[s.Method.Steps]
	overlap, loss := column(s, "overlap"), column(s, "test_loss")
	var table bytes.Buffer
	table.WriteString("| entries | d | diverged | overlap | test loss |\n|---|---|---|---|---|\n")
	for _, law := range laws {
		for _, d := range c.Dims {
			r, err := c.train(ctx, law, d)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&table, "| %s | %d | %d of %d | %s | %s |\n",
				strings.Trim(law, "{}"), d, r.diverged, c.Replicas, mean(r.rows, overlap), mean(r.rows, loss))
		}
	}
	return strings.NewReplacer("{steps}", fmt.Sprint(s.Method.Steps), "{overlap}", fmt.Sprintf("%.4f", last[overlap]),
		"{test}", fmt.Sprintf("%.4f", last[loss]), "{table}\n{end}", strings.TrimSpace(table.String()),
		"{replicas}", fmt.Sprint(c.Replicas)).Replace(page), nil
}

func scenario(law string) (*scenarios.Scenario, error) {
	return scenarios.Parse("universality.yaml", []byte(fmt.Sprintf(problem, law)))
}

func column(s *scenarios.Scenario, name string) int {
	for j, n := range s.Observables() {
		if n == name {
			return j
		}
	}
	panic("no observable " + name)
}

// runs are those of one law at one d: the last rows of those that did not diverge.
type runs struct {
	rows     [][]float64
	diverged int
}

// train runs all replicas, one after another, each on all cores: what a run that diverges leaves is an error, after which
// the next must go on.
func (c *command) train(ctx context.Context, law string, d int) (r runs, err error) {
	s, err := scenario(law)
	if err != nil {
		return r, err
	}
	train := column(s, "train_loss")
	for i := range c.Replicas {
		replica, err := montecarlo.Simulate(ctx, s, montecarlo.Job{Dim: d, Index: i}, montecarlo.Settings{Engine: montecarlo.Dense})
		var diverged *montecarlo.DivergenceError
		switch {
		case errors.As(err, &diverged):
			r.diverged++
		case err != nil:
			return r, err
		case replica.Values[s.Method.Steps][train] > replica.Values[0][train]:
			r.diverged++
		default:
			r.rows = append(r.rows, replica.Values[s.Method.Steps])
		}
	}
	return r, nil
}

// mean is a column's mean and standard error.
func mean(rows [][]float64, column int) string {
	var x []float64
	for _, row := range rows {
		x = append(x, row[column])
	}
	average, err := stats.Mean(x)
	if err != nil {
		return "—"
	}
	deviation, err := stats.StandardDeviationSample(x)
	if err != nil {
		return fmt.Sprintf("%.4f", average)
	}
	return fmt.Sprintf("%.4f ± %.4f", average, deviation/math.Sqrt(float64(len(x))))
}
