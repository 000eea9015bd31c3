// Package rundir keeps what a run may write in a directory apart from what is somebody else's.
//
// A run directory holds report.md, report.html, verdict.json and summary.csv; run.json, which says whose it is; the
// journal replicas.jsonl and its lock; scenarios/, which holds the scenarios as they were resolved, and theory/, finished
// parts of limits; and for each scenario a directory of its name; a calibration has calibration.md, calibration.svg and
// calibration.jsonl. It is a run's if run.json says so or if a journal stands in it. In any other directory only what is
// not there yet is written.
//
// A report is of the run that run.json tells of: while a run is under way what an earlier one found is kept as
// report.old.md, verdict.old.json and so on, and so it stays where the run comes to no report.
package rundir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"limitcheck/internal/journal"
	"limitcheck/internal/machine"
)

// Format is the version of run.json.
const Format = 1

const (
	program = "limitcheck"
	about   = "run.json"
)

// findings are the files that say what a run has found; other files and directories are a run's too, whatever its
// scenarios. The lock, which is never written to, is the journal's.
var (
	findings    = []string{"report.md", "report.html", "verdict.json", "summary.csv", "calibration.md", "calibration.svg"}
	directories = []string{"scenarios", "theory", "shards", "logs"}
)

// old is the name under which an earlier run's findings are kept: report.old.md.
func old(name string) string {
	extension := filepath.Ext(name)
	return strings.TrimSuffix(name, extension) + ".old" + extension
}

// files are all files that are a run's.
func files() []string {
	list := []string{about, "replicas.jsonl", "calibration.jsonl", "plan.json", "theory.sh", "job.sh", "merge.sh", "submit.sh"}
	for _, name := range findings {
		list = append(list, name, old(name))
	}
	return list
}

// A Run is what run.json says of a run.
type Run struct {
	Format    int      `json:"format"`
	Program   string   `json:"program"`
	Version   string   `json:"version"`
	Machine   string   `json:"machine"` // its kind: machine.Kind
	Arguments []string `json:"arguments"`
	Scenarios []string `json:"scenarios"` // names of those in scenarios/, in order
}

// A Scenario is a scenario's file as it is resolved, with every default and flag.
type Scenario struct {
	Name string
	Text []byte // YAML
}

// A ForeignError says that something of somebody else's is in the way. It is not touched.
type ForeignError struct{ Path, Reason string }

// Error says what is in the way and how to go on.
func (e *ForeignError) Error() string { return e.Path + " " + e.Reason + ": --out DIR goes elsewhere" }

// Check says whether a run of these scenarios may write into dir: whether what it would write over is a run's, and no
// link leads out of the directory. It changes nothing. Errors are *ForeignError or those of the file system.
func Check(dir string, scenarios []string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return &ForeignError{dir, "is not a directory"}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	own := ours(root) || journal.Ours(dir)
	check := func(name string, fits func(fs.FileMode) bool, kind string) error {
		path := filepath.Join(dir, name)
		if _, err := root.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		info, err := root.Stat(name)
		switch {
		case err != nil:
			return &ForeignError{path, "is a link that leads nowhere or out of the directory"}
		case !own:
			return &ForeignError{path, "is there already, and none of limitcheck's"}
		case !fits(info.Mode()):
			return &ForeignError{path, "is not a " + kind}
		}
		return nil
	}
	for _, name := range files() {
		if err := check(name, fs.FileMode.IsRegular, "regular file"); err != nil {
			return err
		}
	}
	for _, name := range append(directories[:len(directories):len(directories)], scenarios...) {
		if err := check(name, fs.FileMode.IsDir, "directory"); err != nil {
			return err
		}
	}
	return nil
}

// ours reports whether run.json says that the directory is a run's.
func ours(root *os.Root) bool {
	_, err := read(root)
	return err == nil
}

// read reads run.json.
func read(root *os.Root) (run Run, err error) {
	info, err := root.Lstat(about)
	if err != nil {
		return run, err
	}
	foreign := &ForeignError{filepath.Join(root.Name(), about), "is none of limitcheck's"}
	if !info.Mode().IsRegular() {
		return run, foreign
	}
	f, err := root.Open(about)
	if err != nil {
		return run, err
	}
	defer f.Close()
	const most = 1 << 20 // bytes
	text, err := io.ReadAll(io.LimitReader(f, most))
	if err == nil && (json.Unmarshal(text, &run) != nil || run.Program != program || run.Format < 1) {
		err = foreign
	}
	return run, err
}

// Read returns what run.json in dir says, and the paths of the scenarios as they were resolved, in order.
func Read(dir string) (run Run, scenarios []string, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return run, nil, err
	}
	defer root.Close()
	if run, err = read(root); err != nil {
		return run, nil, err
	}
	for _, name := range run.Scenarios {
		if !filepath.IsLocal(name) {
			return run, nil, &ForeignError{filepath.Join(dir, about), "names a scenario outside of its directory"}
		}
		scenarios = append(scenarios, filepath.Join(dir, "scenarios", name+".yaml"))
	}
	return run, scenarios, nil
}

// Begin writes run.json and the files of scenarios into a directory that Check has found to be free for them, and sets
// aside what an earlier run has found there.
func Begin(dir, version string, arguments []string, scenarios ...Scenario) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, name := range findings {
		if err := root.Rename(name, old(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if arguments == nil {
		arguments = []string{}
	}
	run := Run{Format, program, version, machine.Kind(), arguments, []string{}}
	for _, s := range scenarios {
		run.Scenarios = append(run.Scenarios, s.Name)
	}
	text, err := json.MarshalIndent(run, "", "  ")
	if err != nil {
		return err
	}
	if err := Replace(root, about, append(text, '\n')); err != nil {
		return err
	}
	for _, s := range scenarios {
		if err := root.MkdirAll("scenarios", 0o777); err != nil {
			return err
		}
		if err := Replace(root, filepath.Join("scenarios", s.Name+".yaml"), s.Text); err != nil {
			return err
		}
	}
	return nil
}

// End removes what Begin set aside: the run has a report of its own.
func End(root *os.Root) error {
	for _, name := range findings {
		if err := root.Remove(old(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Replace puts data in the place of the file name below root, so that a reader or a crash never meets half of it.
func Replace(root *os.Root, name string, data []byte) error {
	next := filepath.Join(filepath.Dir(name), ".new-"+filepath.Base(name))
	err := root.WriteFile(next, data, 0o666)
	if err == nil {
		err = root.Rename(next, name)
	}
	if err != nil {
		root.Remove(next)
		return fmt.Errorf("%s: %w", filepath.Join(root.Name(), name), err)
	}
	return nil
}
