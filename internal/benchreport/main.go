// Benchreport turns the output of the project's benchmarks into a Markdown report: cost against size, with fitted
// exponents.
//
//	go test -run '^$' -bench . -benchmem ./theory ./montecarlo ./compare | go run ./internal/benchreport > benchmarks.md
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/perf/benchfmt"

	"limitcheck/reports"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "benchreport:", err)
		os.Exit(1)
	}
}

func run(r io.Reader, w io.Writer) error {
	results, cores, err := parse(r)
	if err != nil {
		return err
	}
	machine, goVersion := reports.Environment()
	_, err = io.WriteString(w, render(results, fmt.Sprintf("%s, %s; %s cores used", machine, goVersion, cores)))
	return err
}

// A result is one line of go test -bench.
type result struct {
	name   string            // without Benchmark and parameters
	param  map[string]string // "d" → "1000"; a part without "=" is its own key
	values map[string]float64
}

// parse reads every result; of equal names the last counts. cores is GOMAXPROCS as the names end in it.
func parse(r io.Reader) (results []result, cores string, err error) {
	at, cores := map[string]int{}, "1"
	for reader := benchfmt.NewReader(r, "benchmarks"); reader.Scan(); err = reader.Err() {
		switch line := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			return nil, "", line
		case *benchfmt.Result:
			base, parts := line.Name.Parts()
			one := result{string(base), map[string]string{}, map[string]float64{}}
			for _, p := range parts {
				if n, found := strings.CutPrefix(string(p), "-"); found {
					cores = n
					continue
				}
				key, value, _ := strings.Cut(strings.TrimPrefix(string(p), "/"), "=")
				one.param[key] = value
			}
			for _, v := range line.Values {
				one.values[v.Unit] = v.Value
			}
			if i, seen := at[string(line.Name)]; seen {
				results[i] = one
				continue
			}
			at[string(line.Name)] = len(results)
			results = append(results, one)
		}
	}
	if err == nil && len(results) == 0 {
		err = errors.New("no benchmark results on standard input")
	}
	return results, cores, err
}
