package tables

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// file puts text into a file of a temporary directory.
func file(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	var b strings.Builder
	var w io.Writer = &b
	if strings.HasSuffix(name, ".gz") {
		z := gzip.NewWriter(&b)
		defer z.Close()
		w = z
	}
	io.WriteString(w, text)
	if z, ok := w.(*gzip.Writer); ok {
		z.Close()
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	runsCSV = "dim,replica,step,overlap,norm\n" +
		"200,0,0,0.25,1\n200,0,2,0.5,2\n" +
		"100,1,0,0.125,1\n100,1,2,-1e-3,4\n" +
		"100,0,0,0.375,1\n100,0,2,0.0625,3\n"
	runsJSON = `{"dim": 200, "replica": 0, "step": 0, "overlap": 0.25, "norm": 1}
{"dim": 200, "replica": 0, "step": 2, "norm": 2, "overlap": 0.5}
{"dim": 100, "replica": 1, "step": 0, "overlap": 0.125, "norm": 1}
{"dim": 100, "replica": 1,
 "step": 2, "overlap": -1e-3, "norm": 4}
{"dim": 100, "replica": 0, "step": 0, "overlap": 0.375, "norm": 1}
{"\u0064im": 100, "replica": 0, "step": 2, "overlap": 0.0625, "norm": 3}
`
)

var someRuns = &Runs{
	Observables: []string{"overlap", "norm"},
	Steps:       []int{0, 2},
	Replicas: []Replica{
		{100, 0, []float64{0.375, 1, 0.0625, 3}},
		{100, 1, []float64{0.125, 1, -1e-3, 4}},
		{200, 0, []float64{0.25, 1, 0.5, 2}},
	},
	Rounding: []Rounding{{Decimals: 4, Digits: 3}, {}},
}

// The same runs from every format that is text; the rows are not sorted, and the keys of JSON come in any order.
func TestReadRuns(t *testing.T) {
	array := "[" + strings.ReplaceAll(strings.TrimSpace(runsJSON), "}\n{", "},\n{") + "]"
	windows := "\xef\xbb\xbf" + strings.ReplaceAll(runsCSV, "\n", "\r\n")
	quoted := `"dim","replica","step","overlap","norm"` + strings.ReplaceAll(strings.TrimPrefix(runsCSV, "dim,replica,step,overlap,norm"), "0.25", `" 0.25"`)
	savetxt := strings.ReplaceAll(runsCSV, "200,0,", "2.00e+02,0.0, ") + "\n"
	for name, text := range map[string]string{
		"a.csv": runsCSV, "a.csv.gz": runsCSV, "windows.csv": windows, "quoted.CSV": quoted, "savetxt.csv": savetxt,
		"noend.csv": strings.TrimSuffix(runsCSV, "\n"), "a.json": runsJSON, "array.json": array, "a.jsonl": runsJSON, "a.ndjson": runsJSON,
	} {
		got, err := ReadRuns([]string{file(t, name, text)}, nil, nil)
		if diff := cmp.Diff(someRuns, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
		if strings.HasSuffix(name, ".gz") {
			continue
		}
		got, err = ReadRuns([]string{"-"}, strings.NewReader(text), nil)
		if diff := cmp.Diff(someRuns, got); err != nil || diff != "" {
			t.Errorf("%s from standard input: %v\n%s", name, err, diff)
		}
	}
}

// Columns that are not wanted are not looked at, and are listed.
func TestReadRunsKeeps(t *testing.T) {
	text := "device,dim,replica,step,norm,overlap\n\"cuda:0, x\",100,0,0,nan,1\n,100,0,1,,0.5\n"
	got, err := ReadRuns([]string{file(t, "a.csv", text)}, nil, func(name string) bool { return name == "overlap" })
	want := &Runs{
		Observables: []string{"overlap"}, Steps: []int{0, 1}, Replicas: []Replica{{100, 0, []float64{1, 0.5}}},
		Rounding: []Rounding{{Decimals: 1, Digits: 1}}, Ignored: []string{"device", "norm"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	text = `{"dim": 100, "replica": 0, "step": 0, "overlap": 1.0, "run": {"seed": [1, null]}}`
	if _, err = ReadRuns([]string{file(t, "a.json", text)}, nil, func(name string) bool { return name == "overlap" }); err != nil {
		t.Error(err)
	}
}

// Files are joined whatever the order of their columns.
func TestReadRunsJoins(t *testing.T) {
	a := file(t, "a.csv", "dim,replica,step,overlap,norm\n200,0,0,0.25,1\n200,0,2,0.5,2\n")
	b := file(t, "b.csv", "step,norm,dim,replica,overlap\n2,4,100,1,-0.0010\n0,1,100,1,0.125\n0,1,100,0,0.375\n2,3,100,0,0.0625\n")
	got, err := ReadRuns([]string{a, b}, nil, nil)
	want := *someRuns
	want.Rounding = []Rounding{{Decimals: 2, Digits: 2}, {}} // a's: the coarser of the two
	if diff := cmp.Diff(&want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if diff := cmp.Diff([][]float64{{0.25, 1}, {0.5, 2}}, got.Rows(2)); diff != "" {
		t.Error(diff)
	}
}

func TestReadTheory(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       Theory
	}{
		{"exact.csv", "step,overlap\n1,0.25\n0,0.5\n", Theory{Mean: [][]float64{{0.5}, {0.25}}, StandardError: [][]float64{{0}, {0}}}},
		{"errors.csv", "overlap_se,step,overlap\n0,0,0.50\n1e-3,1,0.25\n", Theory{Mean: [][]float64{{0.5}, {0.25}}, StandardError: [][]float64{{0}, {1e-3}}}},
		{"replicates.json", `[{"replicate": 7, "step": 0, "overlap": 0.25}, {"replicate": 7, "step": 1, "overlap": 0.00},
			{"replicate": 2, "step": 1, "overlap": 0.5}, {"replicate": 2, "step": 0, "overlap": 0.75}]`,
			Theory{Mean: [][]float64{{0.5}, {0.25}}, Replicates: [][][]float64{{{0.75}, {0.5}}, {{0.25}, {0}}}}},
	} {
		got, err := ReadTheory(file(t, test.name, test.text), nil)
		test.want.Observables, test.want.Steps, test.want.Rounding = []string{"overlap"}, []int{0, 1}, []Rounding{{Decimals: 2, Digits: 2}}
		if diff := cmp.Diff(&test.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", test.name, err, diff)
		}
	}
}

// Whatever is wrong is one line that says where.
func TestWrongFiles(t *testing.T) {
	const header = "dim,replica,step,overlap\n"
	for _, test := range []struct{ name, text, want string }{
		{"a.txt", header, `a.txt: the format is told by the end of the name: .csv, .csv.gz, .json, .jsonl, .ndjson, .npz, or - for CSV or JSON from standard input is expected`},
		{"a.csv", "", "a.csv: the file is empty"},
		{"a.csv", header, "a.csv: no rows"},
		{"a.csv", "dim,step,overlap\n1,0,0\n", "a.csv:1: column replica is missing: a runs file has dim, replica, step and any observables, this one has dim, step, overlap"},
		{"a.csv", "dim;replica;step;overlap\n", "a.csv:1: column dim is missing: a runs file has dim, replica, step and any observables, this one has dim;replica;step;overlap"},
		{"a.csv", "dim,replica,step\n1,0,0\n", "a.csv:1: no observable stands beside dim, replica, step"},
		{"a.csv", ",dim,replica,step,overlap\n", "a.csv:1: column 1 has no name (pandas writes its index so; to_csv(…, index=False) does not)"},
		{"a.csv", "# dim,replica,step,overlap\n", `a.csv:1: the header begins with # (numpy.savetxt writes it unless told comments="")`},
		{"a.csv", "dim,replica,step,norm,norm\n", "a.csv:1: two columns are called norm"},
		{"a.csv", "dim,replica,step,\x1b[31m\n", `a.csv:1: "\x1b[31m" cannot be the name of a column; a header of printable names with commas between them is expected`},
		{"a.csv", header + "100,0,0,1\n100,0,1,1,1\n", "a.csv:3: the row has 5 cells, the header 4"},
		{"a.csv", header + "100,0,0,1\n100,0,1\n", "a.csv:3: the row has 3 cells, the header 4"},
		{"a.csv", header + "100,0,0,1\n\n100,0,1,1\n", "a.csv:3: the line is empty"},
		{"a.csv", header + "100,0,0,NaN\n", `a.csv:2: overlap: a finite number is expected, got "NaN"`},
		{"a.csv", header + "100,0,0,-inf\n", `a.csv:2: overlap: a finite number is expected, got "-inf"`},
		{"a.csv", header + "100,0,0,1e999\n", `a.csv:2: overlap: a finite number is expected, got "1e999"`},
		{"a.csv", header + "100,0,0,\n", `a.csv:2: overlap: a finite number is expected, got ""`},
		{"a.csv", header + "100,0,0,0x1p3\n", `a.csv:2: overlap: a finite number is expected, got "0x1p3"`},
		{"a.csv", header + "100,0,0,1_000\n", `a.csv:2: overlap: a finite number is expected, got "1_000"`},
		{"a.csv", header + "100,0,0," + strings.Repeat("x", 50) + "\n", `a.csv:2: overlap: a finite number is expected, got "` + strings.Repeat("x", 40) + `"…`},
		{"a.csv", header + "100,0,0,\"1\n", `a.csv:2: the quotes do not fit together: "100,0,0,\"1"`},
		{"a.csv", header + "0,0,0,1\n", "a.csv:2: dim: a whole number from 1 to 2147483647 is expected, got 0"},
		{"a.csv", header + "100,-1,0,1\n", "a.csv:2: replica: a whole number from 0 to 2147483647 is expected, got -1"},
		{"a.csv", header + "100,0,0.5,1\n", "a.csv:2: step: a whole number from 0 to 2147483647 is expected, got 0.5"},
		{"a.csv", header + "1e10,0,0,1\n", "a.csv:2: dim: a whole number from 1 to 2147483647 is expected, got 1e+10"},
		{"a.csv", header + "100,0,0,1\n100,1,0,1\n100,0,0,2\n", "a.csv:4: dim 100, replica 0, step 0 comes twice, here and at line 2"},
		{"a.csv", header + "100,0,0,1\n100,0,1,1\n100,1,0,1\n", "a.csv:4: dim 100, replica 1, which begins here, has no step 1; dim 100, replica 0 has it at line 3: all must have the same steps"},
		{"a.csv", header + "100,0,0,1\n200,0,0,1\n200,0,1,1\n", "a.csv:2: dim 100, replica 0, which begins here, has no step 1; dim 200, replica 0 has it at line 4: all must have the same steps"},
		{"a.csv", header + "100,0,1,1\n200,0,0,1\n", "a.csv:2: dim 100, replica 0, which begins here, has no step 0; dim 200, replica 0 has it at line 3: all must have the same steps"},
		{"a.json", "", "a.json: no rows"},
		{"a.json", "[]", "a.json: no rows"},
		{"a.json", "{}", "a.json:1: column dim is missing: a runs file has dim, replica, step and any observables, this one has "},
		{"a.json", "\n\n[1]", `a.json:3: a row such as {"step": 0, "overlap": 0.2} is expected`},
		{"a.json", "[[[", `a.json:1: a row such as {"step": 0, "overlap": 0.2} is expected`},
		{"a.json", "[{\"dim\": 1,\n\"replica\": 0, \"step\": 0, \"overlap\": 1}", "a.json:2: the file ends within a row or an array"},
		{"a.json", `{"dim": 1, "replica": 0, "step": 0, "overlap": 1`, "a.json:1: the file ends within a row or an array"},
		{"a.json", `[{"dim": 1, "replica": 0, "step": 0, "overlap": 1}]` + "\n[]", "a.json:2: the array of rows ends, but the file goes on"},
		{"a.json", "{\"dim\": 1, \"replica\": 0, \"step\": 0, \"overlap\": 1}\n\n{\"dim\": 1, \"replica\": 0, \"step\": 1}", "a.json:3: the row has no overlap, which the first one has"},
		{"a.json", `{"dim": 1, "replica": 0, "step": 0, "overlap": 1}{"x": 1}`, `a.json:1: the row has "x", which the first one has not`},
		{"a.json", `{"dim": 1, "replica": 0, "step": 0, "overlap": null}`, `a.json:1: overlap: a finite number is expected, got "null"`},
		{"a.json", `{"dim": 1, "replica": 0, "step": 0, "overlap": "1"}`, `a.json:1: overlap: a finite number is expected, got "\"1\""`},
		{"a.json", `{"dim": 1, "replica": 0, "step": 0, "overlap": 1, "step": 2}`, `a.json:1: the row has "step" twice`},
		{"a.json", "{\"dim\": 1,\n \"replica\": 0, \"step\": 0, \"overlap\": NaN}", `a.json:2: not JSON: invalid character 'N' at start of value`},
		{"a.csv.gz", "", "a.csv.gz: the file is empty"},
		{"a.npz", header, "a.npz: not an .npz archive, or a damaged one: zip: not a valid zip file"},
	} {
		path := file(t, test.name, test.text)
		_, err := ReadRuns([]string{path}, nil, nil)
		expectError(t, err, filepath.Dir(path), test.want)
	}
}

// expectError compares an error, less the directory of its file.
func expectError(t *testing.T, err error, dir, want string) {
	t.Helper()
	if _, ok := err.(*Error); !ok {
		t.Errorf("got %T %v, want %s", err, err, want)
		return
	}
	if got := strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), ""); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWrongTheories(t *testing.T) {
	for text, want := range map[string]string{
		"overlap\n1\n":                                                   "a.csv:1: column step is missing: a theory file has step and any observables, this one has overlap",
		"dim,replica,step,overlap\n1,0,0,0\n":                            "a.csv:1: columns dim and replica belong to runs; a theory file has step and any observables",
		"step,overlap_se\n0,1\n":                                         "a.csv: column overlap_se is the standard error of overlap, which is not there",
		"step,overlap,overlap_se\n0,1,0\n1,1,-1\n":                       "a.csv:3: overlap_se: a standard error is not negative, got -1",
		"step,overlap\n0,1\n3,1\n3,1\n":                                  "a.csv:4: the curve, step 3 comes twice, here and at line 3",
		"replicate,step,overlap,overlap_se\n0,0,0,0\n1,0,0,0\n":          "a.csv: it has a column replicate and standard errors (overlap_se): one or the other is expected",
		"replicate,step,overlap\n1,0,0\n1,1,0\n":                         "a.csv: there is one replicate: several are expected, or no column replicate",
		"replicate,step,overlap\n1,0,0\n1,1,0\n0,1,0\n":                  "a.csv:4: replicate 0, which begins here, has no step 0; replicate 1 has it at line 2: all must have the same steps",
		"replicate,step,overlap\n1,0,0\n1,1,0\n2,1,0\n":                  "a.csv:4: replicate 2, which begins here, has no step 0; replicate 1 has it at line 2: all must have the same steps",
		"method.learning_rate,step,overlap\n0.1,0,1\n0.2,0,1\n0.1,1,1\n": "a.csv:3: the curve, step 0 comes twice, here and at line 2",
	} {
		path := file(t, "a.csv", text)
		_, err := ReadTheory(path, nil)
		expectError(t, err, filepath.Dir(path), want)
	}
}

// Files that do not fit together.
func TestWrongJoins(t *testing.T) {
	const header = "dim,replica,step,overlap"
	for _, test := range []struct{ a, b, want string }{
		{header + "\n1,0,0,0\n", header + "\n2,0,0,0\n1,0,0,0\n", "b.csv: dim 1, replica 0 is in a.csv too; replicas must be independent, with numbers of their own"},
		{header + ",norm\n1,0,0,0,0\n", header + "\n2,0,0,0\n", "b.csv: column norm is missing, which a.csv has"},
		{header + "\n1,0,0,0\n", header + ",norm\n2,0,0,0,0\n", "a.csv: column norm is missing, which b.csv has"},
		{header + "\n1,0,0,0\n1,0,1,0\n", header + "\n2,0,0,0\n", "b.csv: step 1 is missing, which a.csv has: all must have the same steps"},
		{header + "\n1,0,1,0\n", header + "\n2,0,0,0\n2,0,1,0\n", "a.csv: step 0 is missing, which b.csv has: all must have the same steps"},
	} {
		a := file(t, "a.csv", test.a)
		b := filepath.Join(filepath.Dir(a), "b.csv")
		if err := os.WriteFile(b, []byte(test.b), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := ReadRuns([]string{a, b}, nil, nil)
		expectError(t, err, filepath.Dir(a), test.want)
	}
	_, err := ReadRuns([]string{"-", "-"}, strings.NewReader(runsCSV), nil)
	expectError(t, err, "", "standard input: it can be read once only")
	if _, err := ReadRuns(nil, nil, nil); err == nil {
		t.Error("no file is read")
	}
}
