// Package slurm plans a verification for a Slurm cluster: what each task simulates, frozen before anything runs, and the
// scripts that submit it. It computes nothing that a verdict rests on.
package slurm

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"limitcheck/harness"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
)

// Format is the version of plan.json.
const Format = 1

const planName = "plan.json"

// A Plan is what plan.json says. Once written it does not change: a later cost model has no say in it.
type Plan struct {
	Format    int        `json:"format"`
	Version   string     `json:"version"`
	Build     string     `json:"build"`   // checksum of the program, which all tasks must be
	Program   string     `json:"program"` // its path
	Command   string     `json:"command"` // that would do the same on one machine
	Title     string     `json:"title"`   // of the report
	Settings  Settings   `json:"settings"`
	Scenarios []Scenario `json:"scenarios"`
	Request   Request    `json:"request"`
	Shares    []Share    `json:"shares"` // share 1 is the first
}

// Settings of the verification that are not in its scenarios.
type Settings struct {
	Engine      string `json:"engine"`
	Float32     bool   `json:"float32"`
	Ablations   string `json:"ablations"`
	Paths       int    `json:"paths"`
	Coordinates int    `json:"coordinates"`
	Scramblings int    `json:"scramblings"`
}

// A Scenario stands as it was resolved in the file scenarios/NAME.yaml.
type Scenario struct {
	Name     string    `json:"name"`
	Grid     string    `json:"grid,omitempty"`
	Settings []Setting `json:"settings,omitempty"` // of a grid's member
}

// A Setting is a key with its value in YAML.
type Setting struct {
	Key  string `json:"key"`
	Text string `json:"text"`
}

// A Share is what one task simulates.
type Share struct {
	Seconds float64                     `json:"seconds"` // on one core, by the cost model
	Jobs    map[string]map[string][]int `json:"jobs"`    // by scenario and d: indices of replicas
}

// NewShare writes down a share of scenarios of these names.
func NewShare(s harness.Share, names []string) Share {
	own := Share{Seconds: s.Seconds, Jobs: map[string]map[string][]int{}}
	for i, jobs := range s.Jobs {
		for _, job := range jobs {
			if own.Jobs[names[i]] == nil {
				own.Jobs[names[i]] = map[string][]int{}
			}
			d := strconv.Itoa(job.Dim)
			own.Jobs[names[i]][d] = append(own.Jobs[names[i]][d], job.Index)
		}
	}
	return own
}

// Of reads back what the share has of a scenario.
func (s Share) Of(name string) (jobs []montecarlo.Job) {
	for text, list := range s.Jobs[name] {
		dim, _ := strconv.Atoi(text) // checked by Read
		for _, i := range list {
			jobs = append(jobs, montecarlo.Job{Dim: dim, Index: i})
		}
	}
	return jobs
}

// Containing are the numbers of the shares that have any of a scenario's jobs, in order.
func (p *Plan) Containing(jobs map[string][]montecarlo.Job) (numbers []int) {
	wanted := map[string]map[montecarlo.Job]bool{}
	for name, list := range jobs {
		wanted[name] = map[montecarlo.Job]bool{}
		for _, job := range list {
			wanted[name][job] = true
		}
	}
	for i, share := range p.Shares {
		if share.hasAny(wanted) {
			numbers = append(numbers, i+1)
		}
	}
	return numbers
}

func (s Share) hasAny(wanted map[string]map[montecarlo.Job]bool) bool {
	for name := range s.Jobs {
		for _, job := range s.Of(name) {
			if wanted[name][job] {
				return true
			}
		}
	}
	return false
}

// Seconds are those of all shares.
func (p *Plan) Seconds() (total float64) {
	for _, s := range p.Shares {
		total += s.Seconds
	}
	return total
}

// folders bounds the entries of a folder: file systems of clusters slow down beyond.
const folders = 1000

// ShareDir is the run directory of a share, from 1, below that of the plan.
func ShareDir(number int) string {
	return filepath.Join("shards", fmt.Sprintf("%03d", (number-1)/folders), strconv.Itoa(number))
}

// Exists reports whether dir holds a plan.
func Exists(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, planName))
	return err == nil
}

// ErrBuild says that a plan was made by another build of the program.
var ErrBuild = errors.New("was made by another build of limitcheck")

// Read reads the plan of dir, for this build of the program to carry out. Errors: of the file system, no plan, or ErrBuild.
func Read(dir string) (*Plan, error) {
	path := filepath.Join(dir, planName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s holds no %s: `limitcheck slurm … --out %s` makes one", dir, planName, dir)
	}
	if err != nil {
		return nil, err
	}
	p, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	build, err := Build()
	if err != nil {
		return nil, err
	}
	if build != p.Build {
		return nil, fmt.Errorf("%s %w (%s, version %s): run that, or plan anew in another directory", path, ErrBuild, p.Program, p.Version)
	}
	return p, nil
}

// parse reads plan.json.
func parse(text []byte) (*Plan, error) {
	p := new(Plan)
	if err := json.Unmarshal(text, p); err != nil {
		return nil, err
	}
	switch {
	case p.Format != Format:
		return nil, fmt.Errorf("format %d, this limitcheck reads format %d", p.Format, Format)
	case len(p.Scenarios) == 0:
		return nil, errors.New("no scenarios")
	}
	for _, s := range p.Scenarios {
		if err := scenarios.CheckName(s.Name); err != nil { // it becomes a path
			return nil, fmt.Errorf("scenarios: %w", err)
		}
	}
	for i, share := range p.Shares {
		for name, dims := range share.Jobs {
			for d := range dims {
				if n, err := strconv.Atoi(d); err != nil || n < 1 {
					return nil, fmt.Errorf("shares[%d].jobs.%s: %q is no dimension", i, name, d)
				}
			}
		}
	}
	return p, nil
}

// Build is a checksum of this program.
func Build() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)[:16]), nil
}

// A Request is what each task asks of the cluster.
type Request struct {
	CPUs   int    `json:"cpus"`
	Memory int64  `json:"memory"` // bytes, of every task
	Time   string `json:"time"`   // as Slurm reads it
}

const (
	// timeMargin is by how much more time is asked for than the cost model says, which knows ratios better than this machine.
	timeMargin = 3
	leastTime  = 10 * time.Minute
	// ownMemory is what the program takes beside replicas, and memoryShare the part of what is asked for that it plans with.
	ownMemory   = 512 << 20
	memoryShare = 0.9
	// leastWhole is what is asked for the theory and the merge, which hold more than one replica.
	leastWhole = 2 << 30
)

// TimeFor is the time to ask for a share that takes so many seconds on one core.
func TimeFor(seconds float64, cpus int) string {
	t := leastTime + time.Duration(timeMargin*seconds/float64(cpus)*float64(time.Second))
	minutes := int64((t + time.Minute - 1) / time.Minute)
	if days := minutes / (24 * 60); days > 0 {
		return fmt.Sprintf("%d-%02d:%02d:00", days, minutes/60%24, minutes%60)
	}
	return fmt.Sprintf("%02d:%02d:00", minutes/60, minutes%60)
}

// MemoryFor is what to ask for if so much data is to be in memory at once, in whole MiB.
func MemoryFor(data int64) int64 {
	const mega = 1 << 20
	return (int64(float64(data+ownMemory)/memoryShare)/mega + 1) * mega
}

// DataIn is what of the memory asked for the data may take: the inverse of MemoryFor.
func DataIn(memory int64) int64 { return int64(memoryShare*float64(memory)) - ownMemory }
