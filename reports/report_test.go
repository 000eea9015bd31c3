package reports

import (
	"encoding/csv"
	"errors"
	"flag"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limitcheck/compare"
	"limitcheck/theory"
)

var (
	regen = flag.Bool("regen", false, "write the golden files anew")
	keep  = flag.String("keep", "", "also write the synthetic report to this directory, to be looked at")
)

// A method written in Go may have no learning rate, and no file can name it: its report is written all the same.
func TestReportOfGoMethod(t *testing.T) {
	s := problemOf("mine", "Mine")
	s.Method.Optimizer = halving{}
	dir := write(t, &Report{Sections: []Section{{Scenario: s, Comparison: synthetic(40, []int{250, 500}, 0)}}})
	if text := read(t, dir, "report.md"); !strings.Contains(text, "the Go type `reports.halving`") {
		t.Errorf("the method is not told:\n%s", text)
	}
}

func write(t *testing.T, r *Report) string {
	t.Helper()
	dir := t.TempDir()
	if err := Write(dir, r); err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// checkGolden compares text with a file of testdata.
func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	golden := filepath.Join("testdata", name)
	if *regen {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(strings.Split(read(t, golden), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("differs from %s (-golden +got); if that is meant, run with -regen\n%s", golden, diff)
	}
}

func TestGolden(t *testing.T) {
	checkGolden(t, "report.md", read(t, write(t, everyBranch()), "report.md"))
	if *keep != "" {
		if err := Write(*keep, everyBranch()); err != nil {
			t.Fatal(err)
		}
	}
}

// Two runs on the same data may differ below the heading Reproduce only, and in verdict.json under provenance.
func TestSameDataSameReport(t *testing.T) {
	a, b := everyBranch(), everyBranch()
	b.Machine, b.GoVersion, b.Version, b.Seconds, b.Started, b.Command = "another machine", "go9", "v9", 9999, time.Now(), "limitcheck verify"
	for i := range b.Sections {
		b.Sections[i].TheorySeconds, b.Sections[i].SimulationSeconds = 77, 88
	}
	dirA, dirB := write(t, a), write(t, b)
	count := 0
	err := filepath.WalkDir(dirA, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		count++
		name, _ := filepath.Rel(dirA, path)
		fileA, fileB := read(t, path), read(t, dirB, name)
		heading := map[string]string{"report.md": "\n## Reproduce\n", "report.html": "<h2>Reproduce</h2>",
			"verdict.json": "\n  \"provenance\": {\n"}[name]
		if heading != "" {
			if fileA == fileB {
				t.Errorf("%s does not show times", name)
			}
			var okA, okB bool
			fileA, _, okA = strings.Cut(fileA, heading)
			fileB, _, okB = strings.Cut(fileB, heading)
			if !okA || !okB {
				t.Errorf("%s has no heading %q", name, heading)
			}
		}
		if fileA != fileB {
			t.Errorf("%s differs:\n%s", name, cmp.Diff(fileA, fileB))
		}
		return nil
	})
	if err != nil || count < 10 {
		t.Errorf("%d files compared, %v", count, err)
	}
}

func TestVerdictsAreProminent(t *testing.T) {
	text := read(t, write(t, everyBranch()), "report.md")
	for _, want := range []string{
		"Of 4 scenarios: ❌ 1 disagrees, ⚠️ 1 could not be verified, ❓ 1 is inconclusive, ✅ 1 agrees.",
		"> ✅ **Agrees.** No difference is detected (p = 1.00)", // 0.41, after Holm's correction over three
		"> ❌ **Disagrees.** The simulations do not converge to this curve (p < 0.0001): they depart from it at step 2 at the latest, in the norm; at step 3 of the norm, simulation − theory = −0.0",
		"do **not** reject *redrawn-noise*",
		"The curves depart from theory **at step 2 at the latest**, in the norm",
		"Of the 3 known mistakes that were tried, the data cannot tell this one from the truth",
		"> ❓ **Inconclusive.**",
		"2.9 times as many replicas",
		"`experiment.replicas: 93`", // 2.9 × 32 = 92.8
		"$d$ = 4000",
		"> ⚠️ **Not verified**: weights diverge at step 7 (d = 250, replica 3): \\|W\\| = 1e+300.",
		"not visible here: the batch is full, so its weight is 1",
		"fitted without $d$ = 250",
		"not resolved",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("report.md lacks %q", want)
		}
	}
	for _, verdict := range []compare.Verdict{compare.Agrees, compare.Disagrees, compare.Inconclusive} {
		if !strings.Contains(text, verdictMark(verdict)) {
			t.Errorf("the table of verdicts lacks %q", verdictMark(verdict))
		}
	}
}

// One small p-value among many scenarios is put in proportion; one that survives the correction is not.
func TestJointSentence(t *testing.T) {
	with := func(p float64) []Section {
		var sections []Section
		for i := range 5 {
			c := &compare.Comparison{Verdict: compare.Agrees, Test: compare.Test{PValue: 0.5}}
			if i == 2 {
				c.Verdict, c.PValue = compare.Disagrees, p
			}
			sections = append(sections, Section{Scenario: problemOf("s"+strconv.Itoa(i), ""), Comparison: c})
		}
		return append(sections, Section{Scenario: problemOf("failed", "")})
	}
	if got := jointSentence(with(0.008)); !strings.Contains(got, "the difference in s2 is not significant") { // 5 × 0.008 > 0.01
		t.Errorf("%q", got)
	}
	if got := jointSentence(with(0.0001)); got != "" {
		t.Errorf("%q", got)
	}
	verdictTable(with(0.5))
}

func TestSummary(t *testing.T) {
	with := func(verdicts ...compare.Verdict) []Section {
		var s []Section
		for _, v := range verdicts {
			s = append(s, Section{Comparison: &compare.Comparison{Verdict: v}})
		}
		return s
	}
	for want, sections := range map[string][]Section{
		"No scenario was run.":                        nil,
		"✅ The scenario agrees with its theory.":      with(compare.Agrees),
		"✅ All 2 scenarios agree with their theory.":  with(compare.Agrees, compare.Agrees),
		"Of 3 scenarios: ❌ 2 disagree, ✅ 1 agrees.":   with(compare.Agrees, compare.Disagrees, compare.Disagrees),
		"Of 1 scenarios: ⚠️ 1 could not be verified.": {{Err: errors.New("no")}},
	} {
		if got := summary(sections); got != want {
			t.Errorf("summary = %q, want %q", got, want)
		}
	}
}

// Whatever compare leaves out, NaN included, the rest is still reported.
func TestMissingPieces(t *testing.T) {
	dims := []int{100, 1000, 10000, 100000, 1000000, 2000000, 4000000}
	nan := math.NaN()
	for name, change := range map[string]func(*Section){
		"failed without a reason": func(s *Section) { s.Comparison, s.Limit = nil, nil },
		"no theory":               func(s *Section) { s.Limit = nil },
		"no steps":                func(s *Section) { s.Comparison = synthetic(0, dims, 0) },
		"one step":                func(s *Section) { s.Comparison = synthetic(1, dims, 0) },
		"one dim":                 func(s *Section) { s.Comparison = synthetic(5, dims[:1], 0) },
		"no rates":                func(s *Section) { s.Comparison.Fluctuation, s.Comparison.Bias = compare.Rate{}, compare.Rate{} },
		"rates below zero":        func(s *Section) { s.Comparison.Bias.Values = []float64{-1, 0, nan, -4, 0, 0, math.Inf(1)} },
		"no bounds":               func(s *Section) { s.Comparison.Bounds = nil },
		"no notes, ablations, usable dims": func(s *Section) {
			s.Comparison.Notes, s.Comparison.Ablations, s.Comparison.UsableFrom = nil, nil, nil
		},
		"no correction": func(s *Section) { s.Comparison.Correction.First.Value, s.Comparison.Correction.First.SE = nil, nil },
		"no standard errors": func(s *Section) {
			for _, row := range s.Comparison.Extrapolated.SE {
				row[0] = nan
			}
		},
		"theory diverges": func(s *Section) {
			s.Comparison.Theory.Value[30][0], s.Comparison.Theory.Value[31][1] = nan, math.Inf(1)
		},
		"nothing moves": func(s *Section) {
			c := s.Comparison
			for _, m := range [][][]float64{c.Theory.Value, c.Extrapolated.Value, c.Extrapolated.SE, c.Theory.SE, c.Means[0].Mean.Value} {
				for _, row := range m {
					clear(row)
				}
			}
		},
		"one observable": func(s *Section) { s.Comparison.Observables = s.Comparison.Observables[:1] },
		"zero kernels": func(s *Section) {
			s.Limit.Kernels.GradientResponse = theory.NewKernel(3, 1)
		},
		"empty kernels": func(s *Section) { s.Limit.Kernels = &theory.Kernels{} },
	} {
		s := Section{Scenario: problemOf("x", "X"), Comparison: synthetic(40, dims, 0), Limit: &theory.Limit{Kernels: syntheticKernels(3)}}
		change(&s)
		dir := write(t, &Report{Title: name, Sections: []Section{s}})
		text := read(t, dir, "report.md")
		pictures, _ := filepath.Glob(filepath.Join(dir, "x", "*.svg"))
		for _, p := range pictures {
			parseSVG(t, []byte(read(t, p)))
		}
		if strings.Contains(text, "NaN") || strings.Contains(text, "%!") || strings.Contains(text, "<nil>") {
			t.Errorf("%s: report.md is not fit to be read:\n%s", name, text)
		}
	}
}

// Curves that fit do not hide a law that does not.
func TestFamilies(t *testing.T) {
	c := withFamilies(synthetic(3, []int{100, 200}, 0), 0.002)
	c.Verdict = compare.Disagrees
	s := Section{Scenario: problemOf("x", "X"), Comparison: c}
	want := "The curves of the observables fit (p = 0.41), but theory is contradicted by the law of weights (p = 0.0020 after Holm's correction)."
	if got := verdictSentence(&s); !strings.Contains(got, want) {
		t.Error(got)
	}
	c.Families[0].Bounds[0].Bound = 9
	c.Verdict = compare.Agrees
	if got := verdictSentence(&s); !strings.Contains(got, "**The curves agree.**") || !strings.Contains(got, "the two-time correlation may still be off") ||
		verdictCell(&s) != "◻️ **curves agree**" {
		t.Errorf("%s: %s", verdictCell(&s), got)
	}
	table := familiesTable(c).String()
	for _, want := range []string{"`X(2,0)`", "◻️ no difference, but not sharp: bound outside the margin", "❌ **contradicts theory**", "−0.49 [−0.54, −0.43]"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(string(probesCSV(c.Families)))).ReadAll()
	if err != nil || len(rows) != 13 || rows[9][1] != "X(2,0)" {
		t.Errorf("probes.csv: %v, %v", err, rows)
	}
	draw1(t, familiesPicture(c.Families, ladder(c.Dims))).mustShow(t, "two-time correlation", "law of weights", "entry", "X(0,0)")
}

// The report claims a variance reduction only if there was one.
func TestControlsUsed(t *testing.T) {
	s := Section{Scenario: problemOf("x", "X"), Comparison: synthetic(2, []int{100, 200}, 0), Controls: []string{"init_0_0", "noise"}}
	for used, want := range map[int]string{0: "", 1: "regressed on 1 of these: the norm", 2: "regressed on the norm"} {
		s.Comparison.Controls = used
		got := strings.Join(notes(&s), "\n")
		if strings.Contains(got, "Variance reduction") != (used > 0) || !strings.Contains(got, want) {
			t.Errorf("%d used: %s", used, got)
		}
	}
}

// Every link of the report leads somewhere, in Markdown and on the page.
func TestLinks(t *testing.T) {
	dir := write(t, everyBranch())
	text := read(t, dir, "report.md")
	links := regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(text, -1)
	if len(links) < 20 {
		t.Fatalf("only %d links found", len(links))
	}
	for _, l := range links {
		if anchor, ok := strings.CutPrefix(l[1], "#"); ok {
			if !strings.Contains(text, `<a id="`+anchor+`"></a>`) {
				t.Errorf("no anchor %s", l[1])
			}
		} else if _, err := os.Stat(filepath.Join(dir, l[1])); err != nil {
			t.Error(err)
		}
	}
	page := read(t, dir, "report.html")
	pictures := strings.Count(text, "![")
	if got := strings.Count(page, "<svg"); got != pictures || strings.Contains(page, "<img") {
		t.Errorf("report.html has %d pictures inline, report.md links %d", got, pictures)
	}
	if strings.Contains(page, "<code>\\") {
		t.Error("report.html shows a formula as LaTeX")
	}
}

func TestCurvesCSV(t *testing.T) {
	c := synthetic(4, []int{250, 500}, 0)
	rows, err := csv.NewReader(strings.NewReader(string(curvesCSV(c)))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := 1 + 5*len(c.Observables); len(rows) != want {
		t.Fatalf("%d rows, want %d", len(rows), want)
	}
	want := "observable step theory theory_se extrapolated extrapolated_se correction correction_se mean_250 mean_250_se sd_250 mean_500 mean_500_se sd_500"
	if got := strings.Join(rows[0], " "); got != want {
		t.Errorf("header %s", got)
	}
	row := rows[1+5+3] // norm at step 3
	if row[0] != "norm" || row[1] != "3" {
		t.Fatalf("row %v", row)
	}
	m := c.Means
	for i, want := range []float64{c.Theory.Value[3][1], c.Theory.SE[3][1], c.Extrapolated.Value[3][1], c.Extrapolated.SE[3][1],
		c.Correction.First.Value[3][1], c.Correction.First.SE[3][1],
		m[0].Mean.Value[3][1], m[0].Mean.SE[3][1], m[0].Deviation[3][1], m[1].Mean.Value[3][1], m[1].Mean.SE[3][1], m[1].Deviation[3][1]} {
		// Nine digits are kept: half a unit of the ninth.
		if got, err := strconv.ParseFloat(row[2+i], 64); err != nil || math.Abs(got-want) > 5e-9*math.Abs(want) {
			t.Errorf("column %s is %s, want %v", rows[0][2+i], row[2+i], want)
		}
	}
}

func TestSafeNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var sections []Section
		for range rapid.IntRange(1, 6).Draw(t, "n") {
			name := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"a", "A", "a-2", "..", "../x", "", "con/aux", "-"})).Draw(t, "name")
			sections = append(sections, Section{Scenario: problemOf(name, "")})
		}
		seen := map[string]bool{}
		for _, name := range directories(sections) {
			if !regexp.MustCompile(`^[a-z0-9]([a-z0-9_.-]{0,84})$`).MatchString(name) || seen[name] {
				t.Fatalf("unsafe or repeated directory %q", name)
			}
			seen[name] = true
		}
	})
}

func TestFailedWriteLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "report.md")
	if err := os.MkdirAll(filepath.Join(taken, "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, everyBranch()); err == nil {
		t.Error("a directory in place of report.md is not reported")
	}
	left, _ := filepath.Glob(filepath.Join(dir, ".new-*"))
	if len(left) > 0 {
		t.Errorf("temporary files left: %v", left)
	}
}

func TestEnvironmentNamesNoOne(t *testing.T) {
	machine, goVersion := Environment()
	if machine == "" || !strings.HasPrefix(goVersion, "go") && !strings.HasPrefix(goVersion, "devel") {
		t.Errorf("%q, %q", machine, goVersion)
	}
	host, err := os.Hostname()
	if err != nil || len(host) < 4 {
		return
	}
	if strings.Contains(machine, host) {
		t.Errorf("%q holds the host's name", machine)
	}
}

func BenchmarkWrite(b *testing.B) {
	r, dir := everyBranch(), b.TempDir()
	for b.Loop() {
		if err := Write(dir, r); err != nil {
			b.Fatal(err)
		}
	}
}
