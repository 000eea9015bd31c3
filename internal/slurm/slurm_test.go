package slurm

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"limitcheck/harness"
	"limitcheck/montecarlo"
)

func sample(t *testing.T, tasks int) *Plan {
	t.Helper()
	build, err := Build()
	if err != nil {
		t.Fatal(err)
	}
	p := &Plan{Format: Format, Build: build, Program: "/opt/lime check/limitcheck", Version: "v1", Title: "mine",
		Scenarios: []Scenario{{Name: "mine"}}, Request: Request{CPUs: 2, Memory: MemoryFor(1 << 30), Time: "01:00:00"}}
	for i := range tasks {
		p.Shares = append(p.Shares, NewShare(harness.Share{Seconds: 3,
			Jobs: [][]montecarlo.Job{{{Dim: 100, Index: i}, {Dim: 200, Index: i}}}}, []string{"mine"}))
	}
	return p
}

// What is written is read back; another build refuses, and so does whoever finds no plan.
func TestPlanRoundTrip(t *testing.T) {
	dir := t.TempDir()
	p := sample(t, 3)
	if err := Write(dir, p, Options{}); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir)
	if err != nil || !reflect.DeepEqual(got, p) {
		t.Fatalf("%v: read back %+v, written %+v", err, got, p)
	}
	want := []montecarlo.Job{{Dim: 100, Index: 1}, {Dim: 200, Index: 1}}
	jobs := got.Shares[1].Of("mine")
	slices.SortFunc(jobs, func(a, b montecarlo.Job) int { return a.Dim - b.Dim })
	if !slices.Equal(jobs, want) || got.Shares[1].Of("other") != nil {
		t.Errorf("share 2 has %v, expected %v", jobs, want)
	}
	if numbers := got.Containing(map[string][]montecarlo.Job{"mine": {{Dim: 200, Index: 2}, {Dim: 100, Index: 7}}}); !slices.Equal(numbers, []int{3}) {
		t.Errorf("shares %v, expected the third", numbers)
	}
	if err := Write(dir, p, Options{}); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("a second plan: %v", err)
	}
	other := *p
	other.Build = "0"
	text, _ := json.Marshal(other)
	if err := os.WriteFile(filepath.Join(dir, planName), text, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(dir); !errors.Is(err, ErrBuild) {
		t.Errorf("another build: %v", err)
	}
	if _, err := Read(t.TempDir()); err == nil || !strings.Contains(err.Error(), "limitcheck slurm") {
		t.Errorf("no plan: %v", err)
	}
}

// Arrays cover the shares 1 … n, none is larger than Slurm or a folder takes.
func TestArrays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, most := rapid.IntRange(1, 20000).Draw(t, "shares"), rapid.IntRange(1, 5000).Draw(t, "MaxArraySize")
		next := 1
		for _, a := range arrays(n, most, "dir") {
			if a.First != next || a.Count < 1 || a.Count > most || a.Count > folders {
				t.Fatalf("%+v after %d", a, next-1)
			}
			next += a.Count
		}
		if next != n+1 {
			t.Errorf("shares up to %d of %d", next-1, n)
		}
	})
	inFolder := map[string]int{}
	for n := 1; n <= 3000; n++ {
		inFolder[filepath.Dir(ShareDir(n))]++
	}
	if len(inFolder) != 3 || inFolder["shards/000"] != folders {
		t.Errorf("folders %v", inFolder)
	}
}

// ranges is read back as Slurm reads it.
func TestRanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfNDistinct(rapid.IntRange(0, 40), 1, 30, rapid.ID).Draw(t, "numbers")
		slices.Sort(numbers)
		var back []int
		for _, word := range strings.Split(ranges(numbers), ",") {
			var a, b int
			if n, _ := fmt.Sscanf(word, "%d-%d", &a, &b); n == 1 {
				b = a
			}
			for i := a; i <= b; i++ {
				back = append(back, i)
			}
		}
		if !slices.Equal(back, numbers) {
			t.Errorf("%v is written %s", numbers, ranges(numbers))
		}
	})
}

// Whatever stands in paths and prologues, the scripts are scripts: sh -n takes them, and options are comments of theirs that
// sbatch reads, which stop at the first command.
func TestScripts(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell")
	}
	dir := filepath.Join(t.TempDir(), `it's a $HOME "dir"`)
	options := Options{Partition: "short", QOS: "low", AtOnce: 7, Sbatch: []string{"--mail-type=END"}, Launcher: "apptainer exec x.sif",
		Prologue: "module load go\nulimit -c 0"}
	if err := Write(dir, sample(t, 2500), options); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"theory.sh", "job.sh", "merge.sh", "submit.sh"} {
		path := filepath.Join(dir, name)
		if out, err := exec.Command(shell, "-n", path).CombinedOutput(); err != nil {
			t.Errorf("%s: %s", name, out)
		}
		text, _ := os.ReadFile(path)
		options, commands, _ := strings.Cut(string(text), "set -eu\n")
		if strings.Contains(commands, "#SBATCH") || name != "submit.sh" && (!strings.Contains(options, "#SBATCH --partition=short\n") ||
			!strings.Contains(options, "#SBATCH --mail-type=END\n")) {
			t.Errorf("%s:\n%s", name, text)
		}
		if name != "submit.sh" && !strings.Contains(commands, "module load go\nulimit -c 0\nexec apptainer exec x.sif '/opt/lime check/limitcheck' verify --from ") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
	text, _ := os.ReadFile(filepath.Join(dir, "submit.sh"))
	for _, words := range []string{"--array=0-999%7 ", `"$dir/job.sh" 2001`, "--array=0-499%7 ", "--dependency=afterany:"} {
		if !strings.Contains(string(text), words) {
			t.Errorf("%q is not in\n%s", words, text)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "logs", "002")); err != nil || !info.IsDir() {
		t.Error("a folder of logs is missing, without which Slurm fails without a word")
	}
}

// quote is read back by a shell.
func TestQuote(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell")
	}
	for _, word := range []string{"plain-1.sh", "two words", "it's", `a"b$c` + "`d`\\", "", "*", "~", "line\nbreak", "ü"} {
		out, err := exec.Command(shell, "-c", "printf %s "+quote(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q is written %s and read %q, %v", word, quote(word), out, err)
		}
	}
}

// Time and memory asked for: the stated margins, in Slurm's words.
func TestRequest(t *testing.T) {
	for _, test := range []struct {
		seconds float64
		cpus    int
		want    string
	}{{0, 1, "00:10:00"}, {1, 1, "00:11:00"}, {1200, 1, "01:10:00"}, {1200, 2, "00:40:00"}, {3600 * 10, 1, "1-06:10:00"}} {
		if got := TimeFor(test.seconds, test.cpus); got != test.want {
			t.Errorf("%g s on %d cores: %s, expected %s", test.seconds, test.cpus, got, test.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.Int64Range(0, 1<<42).Draw(t, "data")
		memory := MemoryFor(data)
		if left := DataIn(memory) - data; left < 0 || left > 2<<20 || memory%(1<<20) != 0 {
			t.Errorf("%d bytes of data: %d asked for, of which data may take %d", data, memory, DataIn(memory))
		}
	})
}

// Outside of Slurm nothing is requeued; after three times neither.
func TestRequeueRefuses(t *testing.T) {
	t.Setenv("SLURM_JOB_ID", "")
	if err := Requeue(); err == nil {
		t.Error("requeued without Slurm")
	}
	t.Setenv("SLURM_JOB_ID", "1")
	t.Setenv("SLURM_RESTART_COUNT", "3")
	if err := Requeue(); err == nil || !strings.Contains(err.Error(), "3 times already") {
		t.Errorf("got %v", err)
	}
}

// Whatever plan.json holds, it is a plan or an error.
func FuzzPlan(f *testing.F) {
	f.Add([]byte(`{"format":1,"scenarios":[{"name":"x"}],"shares":[{"jobs":{"x":{"100":[0,1]}}}]}`))
	f.Add([]byte(`{"format":1,"scenarios":[{"name":"../x"}]}`))
	f.Add([]byte(`{"format":1,"scenarios":[{"name":"x"}],"shares":[{"jobs":{"x":{"-1":[0]}}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parse(text)
		if (p == nil) == (err == nil) {
			t.Fatalf("%v, %v", p, err)
		}
		if err == nil {
			for _, share := range p.Shares {
				for _, s := range p.Scenarios {
					share.Of(s.Name)
				}
			}
		}
	})
}
