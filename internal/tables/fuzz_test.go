package tables

import (
	"bytes"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// readBytes reads a file of a format from memory.
func (r *rows) readBytes(format string, data []byte, npz func(io.ReaderAt, int64) error) error {
	r.file = "a"
	switch format {
	case "csv":
		return r.readCSV(bytes.NewReader(data))
	case "json":
		return r.readJSON(bytes.NewReader(data))
	case "npz":
		r.binary = true
		return npz(bytes.NewReader(data), int64(len(data)))
	}
	return r.sniff(bytes.NewReader(data))
}

// Whatever the bytes, reading runs ends with an *Error or with runs that hold what they promise, and that come back when
// they are written.
func FuzzRuns(f *testing.F) {
	f.Add("csv", []byte(runsCSV))
	f.Add("json", []byte(runsJSON))
	f.Add("stdin", []byte(" ["+`{"dim": 1, "replica": 0, "step": 0, "overlap": 1e-3}`+"]"))
	f.Add("json", []byte(`{"dim": 1, "replica": 0, "step": 0, "overlap": 1e-3}`+"\n"+`{"overlap": 2, "dim": 1, "replica": 1, "step": 0}`+"\n"))
	f.Add("csv", []byte("dim,replica,step,\x1b[31m,a\u202eb,c\u009d\n1,0,0,1,2,3\n"))
	f.Add("json", []byte(`[{"dim": 1, "replica": 0, "step": 0, "\u001b[31m\n\u202e": 1}]`))
	f.Add("csv", []byte("\"dim\",replica,step,\"a,b\"\r\n1,0,0,\" 1\"\r\n\r\n"))
	for _, arrays := range [][]any{
		{"dim", []int32{5, 5}, "replica", []int8{0, 0}, "step", []float32{0, 1}, "overlap", []float64{1, 2}},
		{"R_p", [][]float64{{0, 0}, {1, 0}}, "step", []int64{0}, "overlap", []float32{1}},
	} {
		data, err := os.ReadFile(npzFile(f, "a.npz", arrays...))
		if err != nil {
			f.Fatal(err)
		}
		f.Add("npz", data)
	}
	f.Fuzz(func(t *testing.T, format string, data []byte) {
		defer func(was int64) { mostBytes = was }(mostBytes)
		mostBytes = 1 << 22
		r := &rows{kind: runsFile}
		err := r.readBytes(format, data, r.readRunsArrays)
		var runs *Runs
		if err == nil {
			runs, err = r.runs()
		}
		if err != nil {
			checkError(t, err)
			return
		}
		checkRuns(t, runs)
		var b bytes.Buffer
		w := NewWriter(&b, "csv", append([]string{"dim", "replica", "step"}, runs.Observables...)...)
		for i, replica := range runs.Replicas {
			for k, row := range runs.Rows(i) {
				cells := []any{replica.Dim, replica.Index, runs.Steps[k]}
				for _, v := range row {
					cells = append(cells, v)
				}
				w.Row(cells...)
			}
		}
		w.Close()
		again := &rows{kind: runsFile}
		if err := again.readCSV(&b); err != nil {
			t.Fatal(err)
		}
		got, err := again.runs()
		if diff := cmp.Diff(runs, got, cmpopts.IgnoreFields(Runs{}, "Rounding"), cmp.Comparer(sameBits)); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
}

func checkError(t *testing.T, err error) {
	if _, ok := err.(*Error); !ok {
		t.Errorf("%T: %v", err, err)
	}
	if strings.ContainsFunc(err.Error(), func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("not one line of text: %q", err.Error())
	}
	if len(err.Error()) > 4000 {
		t.Errorf("%d bytes of message", len(err.Error()))
	}
}

func checkRuns(t *testing.T, runs *Runs) {
	if len(runs.Observables) == 0 || len(runs.Steps) == 0 || len(runs.Replicas) == 0 || len(runs.Rounding) != len(runs.Observables) {
		t.Fatalf("%+v", runs)
	}
	if !slices.IsSorted(runs.Steps) || len(slices.Compact(slices.Clone(runs.Steps))) != len(runs.Steps) {
		t.Errorf("steps %v", runs.Steps)
	}
	for i, r := range runs.Replicas {
		if len(r.Values) != len(runs.Steps)*len(runs.Observables) || r.Dim < 1 || r.Index < 0 {
			t.Errorf("%+v", r)
		}
		if i > 0 && (key{dim: int32(runs.Replicas[i-1].Dim), replica: int32(runs.Replicas[i-1].Index)}).compare(key{dim: int32(r.Dim), replica: int32(r.Index)}) >= 0 {
			t.Errorf("replicas %d and %d", i-1, i)
		}
		for j, v := range r.Values {
			if unit := runs.Rounding[j%len(runs.Observables)].Unit(v); math.IsNaN(v) || math.IsInf(v, 0) || !(unit >= 0) {
				t.Errorf("%g, known to %g", v, unit)
			}
		}
	}
}

// The same for a theory.
func FuzzTheory(f *testing.F) {
	f.Add("csv", []byte("step,overlap,overlap_se\n0,0.2,0\n1,0.43,1e-3\n"))
	f.Add("json", []byte(`[{"replicate": 1, "step": 0, "overlap": 1.5}, {"replicate": 2, "step": 0, "overlap": 2}]`))
	f.Add("json", []byte(`{"step": 0, "overlap": 1.5}`+"\n"+`{"step": 1, "overlap": 2, "overlap_se": 0.1}`+"\n"))
	f.Add("csv", []byte("step,overlap\n0,\x1b[31m\n\u202e,0x1p-2\n"))
	data, err := os.ReadFile(npzFile(f, "a.npz", "C", [][]float32{{1, 1}, {1, 2}}, "R_p", [][]float64{{0, 0}, {1, 0}}, "step", []int64{0}, "overlap", []float32{1}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("npz", data)
	f.Fuzz(func(t *testing.T, format string, data []byte) {
		defer func(was int64) { mostBytes = was }(mostBytes)
		mostBytes = 1 << 22
		r, k := &rows{kind: theoryFile}, Kernels{}
		err := r.readBytes(format, data, func(source io.ReaderAt, size int64) (err error) {
			k, err = r.readTheoryArrays(source, size)
			return err
		})
		var theory *Theory
		if err == nil {
			theory, err = r.theory(k)
		}
		if err != nil {
			checkError(t, err)
			return
		}
		for _, curve := range append(theory.Replicates, theory.Mean) {
			if len(curve) != len(theory.Steps) {
				t.Errorf("%d rows, %d steps", len(curve), len(theory.Steps))
			}
			for _, row := range curve {
				if len(row) != len(theory.Observables) {
					t.Errorf("%d values, %d observables", len(row), len(theory.Observables))
				}
			}
		}
	})
}
