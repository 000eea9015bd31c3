package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// A column of a table: a parameter, or a value times scale with so many significant digits.
type column struct {
	title  string
	param  string
	unit   string
	scale  float64
	digits int
}

// A fit is a power law of a value against a parameter, where the other parameters are as given.
type fit struct {
	what    string
	against string
	fixed   map[string]string
	unit    string
	power   float64 // the exponent of the value that is reported, ±1: a rate is turned into a time
}

// A section is one benchmark's table and exponents.
type section struct {
	title, text, name string
	columns           []column
	fits              []fit
}

var sections = []section{
	{"Dense engine against memory bandwidth", "50 steps of full-batch logistic regression, n = 2d, in one pass over the matrix a step, on all cores. *Of reading* is the " +
		"time of only reading the same matrix 50 times, measured in the same run, over the time of the steps.", "Dense",
		[]column{{"d", "d", "", 0, 0}, {"float64, ms", "", "float64-ms", 1, 3}, {"of reading, %", "", "float64-%ofread", 1, 2}, {"float32, ms", "", "float32-ms", 1, 3},
			{"of reading, %", "", "float32-%ofread", 1, 2}, {"float64 / float32", "", "float32-speedup", 1, 3}, {"read, GB/s", "", "read-GB/s", 1, 3}},
		[]fit{{"float64 time", "d", nil, "float64-ms", 1}}},
	{"Dense engine: drawing the matrix", "", "DenseDraw", []column{{"million entries a second", "", "M/s", 1, 3}}, nil},
	{"Replicas per second", "Logistic SGD, α = 2, 50 steps, batches of 0.4; one replica a core. *auto* takes the faster engine at each d.", "Replicas",
		[]column{{"d", "d", "", 0, 0}, {"engine", "engine", "", 0, 0}, {"replicas a second", "", "replicas/s", 1, 3}, {"memory of one, MB", "", "footprint-bytes", 1e-6, 3}},
		[]fit{{"dense, time", "d", map[string]string{"engine": "dense"}, "replicas/s", -1}, {"dense, memory", "d", map[string]string{"engine": "dense"}, "footprint-bytes", 1},
			{"conditioning, time", "d", map[string]string{"engine": "conditioning"}, "replicas/s", -1},
			{"conditioning, memory", "d", map[string]string{"engine": "conditioning"}, "footprint-bytes", 1}}},
	{"Conditioning engine at large d", "One replica of logistic SGD, α = 2, batches of 0.4, on all cores. The cost is O((n+d)T²) in time and O((n+d)T) in memory.", "Conditioning",
		[]column{{"d", "d", "", 0, 0}, {"T", "T", "", 0, 0}, {"time, s", "", "sec/op", 1, 3}, {"memory, MB", "", "footprint-bytes", 1e-6, 3}},
		[]fit{{"time", "d", map[string]string{"T": "50"}, "sec/op", 1}, {"memory", "d", map[string]string{"T": "50"}, "footprint-bytes", 1},
			{"time", "T", map[string]string{"d": "10000"}, "sec/op", 1}, {"memory", "T", map[string]string{"d": "10000"}, "footprint-bytes", 1}}},
	{"Theory: the causal sweep", "Logistic SGD; one scrambling of N paths over T steps, on all cores: O(NT²) in time, O(NT) in memory. *Of gemv* is the share of the speed of " +
		"matrix-vector products in cache that its matrix work alone reaches.", "Sweep",
		[]column{{"T", "T", "", 0, 0}, {"N", "N", "", 0, 0}, {"time, s", "", "s/scrambling", 1, 3}, {"allocated by two, MB", "", "B/op", 1e-6, 3}, {"of gemv", "", "of-gemv-speed", 1, 2},
			{"overlap's standard error of two", "", "se-overlap", 1, 2}},
		[]fit{{"time", "T", map[string]string{"N": "16384"}, "s/scrambling", 1}, {"time", "N", map[string]string{"T": "50"}, "s/scrambling", 1},
			{"memory", "T", map[string]string{"N": "16384"}, "B/op", 1}, {"memory", "N", map[string]string{"T": "50"}, "B/op", 1}}},
	{"Theory: the closed form", "Ridge regression over T steps: O(T³).", "Closed", []column{{"T", "T", "", 0, 0}, {"time, s", "", "sec/op", 1, 3}},
		[]fit{{"time", "T", nil, "sec/op", 1}}},
	{"Comparison", "Four dims of 32 replicas, 51 steps of seven observables.", "Compare",
		[]column{{"scramblings", "scramblings", "", 0, 0}, {"draws", "resamples", "", 0, 0}, {"ablations", "ablations", "", 0, 0}, {"time, s", "", "sec/op", 1, 3}}, nil},
}

// render lays out the sections that have results.
func render(results []result, environment string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Benchmarks\n\n%s. Written by `make bench`.\n", environment)
	b.WriteString("An exponent is the slope of a least-squares fit in log-log over all rows at the values named.\n")
	for _, s := range sections {
		var rows []result
		for _, r := range results {
			if r.name == s.name {
				rows = append(rows, named(r))
			}
		}
		if rows == nil {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n", s.title)
		if s.text != "" {
			fmt.Fprintf(&b, "\n%s\n", s.text)
		}
		b.WriteString("\n" + table(s.columns, rows))
		if exponents := exponents(s.fits, rows); exponents != nil {
			b.WriteString("\nExponents: " + strings.Join(exponents, "; ") + ".\n")
		}
	}
	return b.String()
}

// named gives the engine, which is a part of the name without a key, one.
func named(r result) result {
	for _, engine := range []string{"dense", "conditioning"} {
		if _, found := r.param[engine]; found {
			r.param["engine"] = engine
		}
	}
	return r
}

func table(columns []column, rows []result) string {
	var b strings.Builder
	line := func(cell func(column) string) {
		for _, c := range columns {
			b.WriteString("| " + cell(c) + " ")
		}
		b.WriteString("|\n")
	}
	line(func(c column) string { return c.title })
	line(func(column) string { return "---:" })
	for _, r := range rows {
		line(func(c column) string {
			if c.param != "" {
				return r.param[c.param]
			}
			v, ok := r.values[c.unit]
			if !ok {
				return "—"
			}
			return significant(v*c.scale, c.digits)
		})
	}
	return b.String()
}

// exponents are the fits that have at least two sizes.
func exponents(fits []fit, rows []result) (list []string) {
	for _, f := range fits {
		var x, y []float64
		for _, r := range rows {
			size, err := strconv.ParseFloat(r.param[f.against], 64)
			if v := r.values[f.unit]; err == nil && v > 0 && f.holds(r) {
				x, y = append(x, math.Log(size)), append(y, f.power*math.Log(v))
			}
		}
		if len(x) < 2 {
			continue
		}
		_, slope := stat.LinearRegression(x, y, nil, false)
		text := fmt.Sprintf("%s ∝ %s^%.2f", f.what, f.against, slope)
		for _, key := range []string{"d", "T", "N"} {
			if v, found := f.fixed[key]; found {
				text += fmt.Sprintf(" at %s = %s", key, v)
			}
		}
		list = append(list, text)
	}
	return list
}

func (f fit) holds(r result) bool {
	for key, value := range f.fixed {
		if r.param[key] != value {
			return false
		}
	}
	return true
}

// significant writes x with that many significant digits and no exponent where it can do without.
func significant(x float64, digits int) string {
	if a := math.Abs(x); a == 0 || a >= 1e-4 && a < 1e7 {
		decimals := 0
		if a > 0 {
			decimals = max(0, digits-1-int(math.Floor(math.Log10(a))))
		}
		return strconv.FormatFloat(x, 'f', decimals, 64)
	}
	return strconv.FormatFloat(x, 'e', digits-1, 64)
}
