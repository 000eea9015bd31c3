package tables

import (
	"bytes"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var finite = rapid.Custom(func(t *rapid.T) float64 {
	return rapid.OneOf(rapid.Float64(), rapid.Float64Range(-1, 1), rapid.Map(rapid.IntRange(-9, 9), func(i int) float64 { return float64(i) })).
		Filter(func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }).Draw(t, "x")
})

// observables draws names that are not those of keys, and no standard errors of each other.
func observables(t *rapid.T) []string {
	return rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Za-zαλ²][A-Za-z0-9_./ "']{0,8}[a-z]`).Filter(func(s string) bool {
		return !slices.Contains([]string{"dim", "replica", "replicate", "step"}, s)
	}), 1, 4, rapid.ID).Draw(t, "observables")
}

// Any runs come back with the same bits from any format, in any order of rows.
func TestRunsRoundTrip(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		want := &Runs{Observables: observables(t)}
		want.Steps = rapid.SliceOfNDistinct(rapid.IntRange(0, 1000), 1, 5, rapid.ID).Draw(t, "steps")
		slices.Sort(want.Steps)
		width := len(want.Observables)
		for _, dim := range slices.Sorted(slices.Values(rapid.SliceOfNDistinct(rapid.IntRange(1, 5000), 1, 3, rapid.ID).Draw(t, "dims"))) {
			for i := range rapid.IntRange(1, 4).Draw(t, "replicas") {
				values := rapid.SliceOfN(finite, width*len(want.Steps), width*len(want.Steps)).Draw(t, "values")
				want.Replicas = append(want.Replicas, Replica{Dim: dim, Index: i, Values: values})
			}
		}
		order := rand.New(rand.NewSource(rapid.Int64().Draw(t, "order"))).Perm(len(want.Replicas) * len(want.Steps))
		format := rapid.SampledFrom([]string{"csv", "json", "npz"}).Draw(t, "format")
		var b bytes.Buffer
		w := NewWriter(&b, format, append([]string{"dim", "replica", "step"}, want.Observables...)...)
		for _, i := range order {
			r, step := want.Replicas[i/len(want.Steps)], i%len(want.Steps)
			cells := []any{r.Dim, r.Index, want.Steps[step]}
			for _, v := range r.Values[step*width : (step+1)*width] {
				cells = append(cells, v)
			}
			w.Row(cells...)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, "runs."+format)
		if err := os.WriteFile(name, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := ReadRuns([]string{name}, nil, nil)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Runs{}, "Rounding"), cmp.Comparer(sameBits)); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
		if exact := make([]Rounding, width); format == "npz" && !slices.Equal(got.Rounding, exact) {
			t.Fatalf("doubles of an .npz are exact, not rounded %v", got.Rounding)
		}
	})
}

func sameBits(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }

// A theory with errors, or with replicates, comes back from any format.
func TestTheoryRoundTrip(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		names := observables(t)
		steps := slices.Sorted(slices.Values(rapid.SliceOfNDistinct(rapid.IntRange(0, 1000), 1, 5, rapid.ID).Draw(t, "steps")))
		curve := func(label string, numbers *rapid.Generator[float64]) [][]float64 {
			return rapid.SliceOfN(rapid.SliceOfN(numbers, len(names), len(names)), len(steps), len(steps)).Draw(t, label)
		}
		format := rapid.SampledFrom([]string{"csv", "json", "npz"}).Draw(t, "format")
		want := &Theory{Observables: names, Steps: steps}
		var b bytes.Buffer
		var w *Writer
		if replicates := rapid.IntRange(0, 3).Draw(t, "replicates"); replicates >= 2 {
			w = NewWriter(&b, format, append([]string{"replicate", "step"}, names...)...)
			for r := range replicates {
				c := curve("curve", rapid.Float64Range(-10, 10))
				want.Replicates = append(want.Replicates, c)
				for i, row := range c {
					cells := []any{r, steps[i]}
					for _, v := range row {
						cells = append(cells, v)
					}
					w.Row(cells...)
				}
			}
			want.Mean = mean(want.Replicates)
		} else {
			want.Mean, want.StandardError = curve("mean", finite), curve("error", rapid.Float64Range(0, 1))
			columns := []string{"step"}
			for _, name := range names {
				columns = append(columns, name, name+"_se")
			}
			w = NewWriter(&b, format, columns...)
			for i := range steps {
				cells := []any{steps[i]}
				for j := range names {
					cells = append(cells, want.Mean[i][j], want.StandardError[i][j])
				}
				w.Row(cells...)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, "theory."+format)
		if err := os.WriteFile(name, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := ReadTheory(name, nil)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Theory{}, "Rounding"), cmp.Comparer(sameBits)); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
}

// What was meant is within half a unit of what was written, in whatever notation, for every entry of a column; and in
// notations of one unit, that unit is found.
func TestUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		meant := rapid.SliceOfN(rapid.Map(rapid.Float64Range(-5, 5), func(e float64) float64 { return math.Pow(10, e) * (e - 0.5) }), 1, 8).Draw(t, "meant")
		precision := rapid.IntRange(1, 9).Draw(t, "precision")
		verb := rapid.SampledFrom([]byte{'f', 'e', 'g'}).Draw(t, "verb")
		var s spelling
		var written []float64
		for _, x := range meant {
			n, ok := parse(strconv.AppendFloat(nil, x, verb, precision, 64))
			if !ok {
				t.Fatalf("%g is no number", x)
			}
			s.add(n)
			written = append(written, n.value)
		}
		r := s.rounding()
		if r == (Rounding{}) {
			t.Skip("whole numbers by chance")
		}
		for i, x := range written {
			unit := r.Unit(x)
			// The slack is for the test's own subtraction. %g drops zeros, which makes the unit larger than it was, never smaller.
			if slack := 1 + 1e-6; math.Abs(x-meant[i]) > unit/2*slack {
				t.Errorf("%g is known to %g, but %g was meant", x, unit, meant[i])
			}
			if want := math.Pow10(-precision); verb == 'f' && unit < want*(1-1e-9) {
				t.Errorf("%.*f is known to %g", precision, x, unit)
			}
		}
	})
}

// The examples of what a column says about its entries.
func TestUnit(t *testing.T) {
	for _, test := range []struct {
		column string
		r      Rounding
		x      float64
		want   float64
	}{
		{"0.35 0.123456", Rounding{Decimals: 6, Digits: 6}, 0.35, 1e-6},
		{"12.3456 0.123456", Rounding{Decimals: 6, Digits: 6}, 12.3456, 1e-4},
		{"0.3500 0.1234", Rounding{Decimals: 4, Digits: 4}, 0.35, 1e-4},
		{"0.0000 0.1234", Rounding{Decimals: 4, Digits: 4}, 0, 1e-4},
		{"0 3 -12 100", Rounding{}, 100, 0},
		{"0 3.5", Rounding{Decimals: 1, Digits: 2}, 3.5, 0.1},
		{"1.23457e+08 2.5e+08", Rounding{Decimals: -3, Digits: 6}, 1.23457e8, 1e3},
		{"1.23457e-08 0.123457", Rounding{Decimals: 13, Digits: 6}, 0.123457, 1e-6},
		{"1e3", Rounding{Decimals: -3, Digits: 1}, 1e3, 1e3},
		{"-0.0", Rounding{Decimals: 1, Digits: 1}, 0, 0.1},
		{"1000.0 999.9", Rounding{Decimals: 1, Digits: 5}, 1000, 0.1},
	} {
		var s spelling
		for _, text := range bytes.Fields([]byte(test.column)) {
			n, ok := parse(text)
			if !ok {
				t.Fatal(string(text))
			}
			s.add(n)
		}
		if r := s.rounding(); r != test.r {
			t.Errorf("%s: %+v, want %+v", test.column, r, test.r)
		} else if got := r.Unit(test.x); math.Abs(got-test.want) > 1e-12*test.want {
			t.Errorf("%s: %g is known to %g, want %g", test.column, test.x, got, test.want)
		}
	}
	for _, x := range []float64{0, 1, 1.5, -2, 1e-3, 1e-40, math.MaxFloat32 / 2} {
		want := float64(math.Nextafter32(float32(math.Abs(x)), math.MaxFloat32)) - float64(float32(math.Abs(x)))
		if got := (Rounding{Float32: true}).Unit(float64(float32(x))); got != want {
			t.Errorf("float32 %g is known to %g, want %g", x, got, want)
		}
	}
}

// A sort in place does what a sort does, also where rows lie in different blocks.
func TestPermute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 50).Draw(t, "n")
		b := blocks[float64]{width: 2}
		for i := range n {
			copy(b.add(), []float64{float64(i), -float64(i)})
		}
		order := rand.New(rand.NewSource(rapid.Int64().Draw(t, "order"))).Perm(n)
		from := make([]uint32, n)
		for i := range from {
			from[i] = uint32(order[i])
		}
		b.permute(from)
		for i := range n {
			if x := float64(order[i]); !slices.Equal(b.row(i), []float64{x, -x}) {
				t.Fatalf("row %d is %v, want %g", i, b.row(i), x)
			}
		}
	})
	b := blocks[int32]{width: 3}
	for i := range 2*blockRows + 5 {
		row := b.add()
		row[0], row[1], row[2] = int32(i), 0, 0
	}
	for _, at := range []int{0, blockRows - 2, blockRows, 2*blockRows - 3} {
		span := b.span(at, at+5)
		for i := range 5 {
			if span[3*i] != int32(at+i) {
				t.Errorf("row %d of the span from %d is %d", i, at, span[3*i])
			}
		}
	}
}
