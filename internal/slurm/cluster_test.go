package slurm_test

import (
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var onCluster = flag.Bool("cluster", false, "start a Slurm controller and two nodes, and take a verification through them")

// A cluster is a real one, on this machine: munged, slurmctld and two slurmds.
type cluster struct {
	t   *testing.T
	dir string
	env []string
}

const configuration = `ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=%[2]d
SlurmUser=%[4]s
SlurmdUser=%[4]s
AuthType=auth/munge
AuthInfo=socket=%[1]s/munge.sock
StateSaveLocation=%[1]s/state
SlurmctldPidFile=%[1]s/slurmctld.pid
SlurmctldLogFile=%[1]s/slurmctld.log
SlurmdPidFile=%[1]s/slurmd-%%n.pid
SlurmdSpoolDir=%[1]s/spool-%%n
SlurmdLogFile=%[1]s/slurmd-%%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
JobRequeue=1
KillWait=5
SchedulerParameters=sched_interval=1,batch_sched_delay=0
ReturnToService=2
NodeName=n1 NodeAddr=127.0.0.1 NodeHostname=%[5]s Port=%[3]d CPUs=2 RealMemory=4000
NodeName=n2 NodeAddr=127.0.0.1 NodeHostname=%[5]s Port=%[6]d CPUs=2 RealMemory=4000
PartitionName=debug Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
`

func port(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// start brings a cluster up, and takes it down when the test is over.
func start(t *testing.T) *cluster {
	for _, name := range []string{"munged", "slurmctld", "slurmd", "sbatch"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not installed (Debian: slurm-wlm, munge)", name)
		}
	}
	dir, err := os.MkdirTemp("", "slurm") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, dir: dir, env: append(os.Environ(), "SLURM_CONF="+filepath.Join(dir, "slurm.conf"))}
	t.Cleanup(func() {
		for _, name := range []string{"slurmd-n1", "slurmd-n2", "slurmctld", "munged"} {
			if pid, err := os.ReadFile(filepath.Join(dir, name+".pid")); err == nil {
				_ = exec.Command("kill", strings.TrimSpace(string(pid))).Run()
			}
		}
		time.Sleep(time.Second)
		os.RemoveAll(dir)
	})
	text := fmt.Sprintf(configuration, dir, port(t), port(t), me.Username, host, port(t))
	if err := os.WriteFile(filepath.Join(dir, "slurm.conf"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "key"), []byte(strings.Repeat("not a secret: ", 80)), 0o400); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"state", "spool-n1", "spool-n2"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c.run("munged", "--force", "--key-file="+dir+"/key", "--socket="+dir+"/munge.sock", "--pid-file="+dir+"/munged.pid",
		"--log-file="+dir+"/munged.log", "--seed-file="+dir+"/seed")
	c.run("slurmctld", "-f", dir+"/slurm.conf")
	c.run("slurmd", "-N", "n1", "-f", dir+"/slurm.conf")
	c.run("slurmd", "-N", "n2", "-f", dir+"/slurm.conf")
	c.until(time.Minute, "both nodes are idle", func() bool {
		out, _ := c.try("sinfo", "--noheader", "--format=%t %D")
		return strings.TrimSpace(out) == "idle 2"
	})
	return c
}

func (c *cluster) try(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = c.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (c *cluster) run(name string, args ...string) string {
	c.t.Helper()
	out, err := c.try(name, args...)
	if err != nil {
		c.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

func (c *cluster) until(limit time.Duration, what string, is func() bool) {
	c.t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if is() {
			return
		}
	}
	queue, _ := c.try("squeue", "--array")
	c.t.Fatalf("not within %v: %s\n%s", limit, what, queue)
}

// state of a job, "" once it has left the queue. A job that was requeued would wait for two minutes: it need not.
func (c *cluster) state(id string) string {
	out, _ := c.try("squeue", "--noheader", "--array", "--jobs="+id, "--format=%T %r")
	state, reason, _ := strings.Cut(strings.TrimSpace(out), " ")
	if reason == "BeginTime" {
		_, _ = c.try("scontrol", "update", "JobId="+id, "StartTime=now")
	}
	return state
}

// A suite goes through a real Slurm while one task is told that its time ends and another is killed; the merge says what is
// missing, its own lines submit it, and the report is that of one machine but for times.
func TestCluster(t *testing.T) {
	if !*onCluster {
		t.Skip("make slurm-test starts a cluster")
	}
	c := start(t)
	t.Log(strings.TrimSpace(c.run("sinfo", "--version")))
	work := filepath.Join(t.TempDir(), "it's work")
	program := filepath.Join(work, "limitcheck")
	if err := os.MkdirAll(work, 0o755); err != nil {
		t.Fatal(err)
	}
	c.run("go", "build", "-buildvcs=false", "-o", program, "limitcheck/cmd/limitcheck")
	study, one := filepath.Join(work, "study"), filepath.Join(work, "one")
	arguments := []string{"ridge-gd", "ridge-sgd", "--dim", "250,500,1000,40000", "--replicas", "8", "--paths", "4096"}

	began := time.Now()
	t.Log(c.run(program, append([]string{"slurm", "--tasks", "4", "--out", study}, arguments...)...))
	t.Logf("planned in %v", time.Since(began))
	out := c.run("sh", filepath.Join(study, "submit.sh"))
	t.Log(out)
	var theory, array, merge string
	if _, err := fmt.Sscanf(strings.NewReplacer(":", " ", ";", " ").Replace(out), "jobs %s %s the report is there when job %s", &theory, &array, &merge); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	// Both tasks have finished something, but not all.
	finished := func(share int) int {
		text, _ := os.ReadFile(filepath.Join(study, "shards", "000", fmt.Sprint(share), "replicas.jsonl"))
		return strings.Count(string(text), `"replica":`)
	}
	c.until(3*time.Minute, "two tasks are in the middle of their work", func() bool { return finished(1) > 1 && finished(2) > 1 })
	c.run("scancel", "--signal=TERM", "--batch", array+"_0")
	c.run("scancel", "--signal=KILL", "--batch", array+"_1")
	c.until(time.Minute, "the task whose time ends is back in the queue", func() bool { return c.state(array+"_0") == "PENDING" })
	t.Logf("task 0 is back in the queue with %d replicas, task 1 is dead with %d", finished(1), finished(2))

	c.until(6*time.Minute, "the first merge has ended", func() bool { return c.state(array+"_0") == "" && c.state(merge) == "" })
	log, err := os.ReadFile(filepath.Join(study, "logs", "merge-"+merge+".log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the first merge says:\n%s", log)
	if _, err := os.Stat(filepath.Join(study, "report.md")); err == nil {
		t.Error("there is a report, though a task was killed")
	}
	var line string
	for l := range strings.Lines(string(log)) {
		if strings.HasPrefix(l, "sbatch --array=1 ") {
			line = strings.TrimSpace(l)
		}
	}
	if line == "" {
		t.Fatal("no line submits share 2 alone")
	}
	again := strings.Fields(c.run("sh", "-c", line))
	t.Logf("%s: job %s", line, again[len(again)-1])
	c.until(5*time.Minute, "the share is done", func() bool { return c.state(again[len(again)-1]) == "" })
	last := strings.Fields(c.run("sbatch", "--wait", "--output="+filepath.Join(study, "logs", "last.log"), filepath.Join(study, "merge.sh")))
	t.Logf("merge: job %s", last[len(last)-1])

	c.run(program, append([]string{"verify", "--out", one}, arguments...)...)
	for name, heading := range map[string]string{"report.md": "\n## Reproduce\n", "verdict.json": "\n  \"provenance\": {\n"} {
		var text [2]string
		for i, dir := range []string{study, one} {
			whole, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				log, _ := os.ReadFile(filepath.Join(study, "logs", "last.log"))
				t.Fatalf("%v\n%s", err, log)
			}
			before, _, found := strings.Cut(string(whole), heading)
			if !found {
				t.Fatalf("%s in %s has no %q", name, dir, heading)
			}
			text[i] = before
		}
		if text[0] != text[1] {
			t.Errorf("%s of the cluster and of one machine differ", name)
		}
	}
	report, _ := os.ReadFile(filepath.Join(study, "report.md"))
	for l := range strings.Lines(string(report)) {
		if strings.HasPrefix(l, "- simulations: planned") {
			t.Log(strings.TrimSpace(l))
		}
	}
}
