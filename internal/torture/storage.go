package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// storage fails: disks fill up, vanish or cannot be written to, and hold what is somebody else's.
func (t *torture) storage(c *tally) {
	args, want := t.problem(c)
	if want == "" {
		return
	}
	for _, what := range []string{"full disks", "equal reports", "lost directories", "lost outputs", "foreign files"} {
		c.add(what, 0)
	}
	t.fullDisks(c, args, want)
	t.lostDirectories(c, args)
	t.lostOutputs(c, args, want)
	t.foreignFiles(c, args)
}

// fullDisks are small ones, at every stage of a run; with room made, it goes on to the same report. Making them takes root.
func (t *torture) fullDisks(c *tally, args []string, want string) {
	disk := filepath.Join(c.dir, "disk")
	if err := os.MkdirAll(disk, 0o777); err != nil || runtime.GOOS != "linux" || os.Getuid() != 0 ||
		mount("-t", "tmpfs", "-o", "size=16k", "torture", disk) != nil {
		c.add("skipped: full disks, which take root", 0)
		return
	}
	defer exec.Command("umount", "-l", disk).Run()
	out := filepath.Join(disk, "out")
	sizes := []int{260, 40, 800, 4, 180, 420, 16, 1400, 100, 300, 8, 600, 220, 1000, 360, 500}
	for _, kilobytes := range sizes[:t.share(len(sizes))] {
		mount("-o", fmt.Sprintf("remount,size=%dk", kilobytes), disk)
		o := t.run(c.dir, append(args, "--out", out)...)
		if c.judge(o, 0, 1, 3) && o.code == 3 {
			c.add("full disks", 1)
			if !strings.Contains(o.stderr, "no space left") {
				c.fail("a full disk of %d kB is not named: %v", kilobytes, o)
			}
			if begun := kilobytes > 16; begun && !strings.Contains(o.stderr, "--resume`") {
				c.fail("a full disk of %d kB: nothing says how to go on: %v", kilobytes, o)
			}
		}
		mount("-o", "remount,size=100m", disk)
		if c.judge(t.run(c.dir, append(args, "--out", out, "--resume")...), 0, 1) && c.same(out, want) {
			c.add("equal reports", 1)
		}
		os.RemoveAll(out)
	}
	mount("-o", "remount,ro", disk)
	c.judge(t.run(c.dir, append(args, "--out", out)...), 3)
}

func mount(args ...string) error { return exec.Command("mount", args...).Run() }

// lostDirectories are removed while a run writes to them: that is no success.
func (t *torture) lostDirectories(c *tally, args []string) {
	for n := range t.share(8) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		all := append(args, "--replicas", "100000", "--out", "lost")
		cmd := t.command(ctx, c.dir, all...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			c.fail("%v", err)
			cancel()
			return
		}
		lost := filepath.Join(c.dir, "lost")
		for {
			if b, err := os.ReadFile(filepath.Join(lost, "replicas.jsonl")); err == nil && bytes.Count(b, []byte("\n")) > 1+5*n || ctx.Err() != nil {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		if n%2 == 0 {
			os.RemoveAll(lost)
		} else {
			os.Rename(lost, fmt.Sprint(lost, n))
		}
		cmd.Wait()
		o := outcome{args: all, code: cmd.ProcessState.ExitCode(), stderr: stderr.String(), hung: ctx.Err() != nil}
		cancel()
		c.judge(o, 3)
		c.add("lost directories", 1)
		os.RemoveAll(lost)
	}
}

// lostOutputs are standard outputs that are full or that nobody reads any more: the report is written all the same.
func (t *torture) lostOutputs(c *tally, args []string, want string) {
	if _, err := os.Stat("/dev/full"); err != nil {
		c.add("skipped: lost outputs, without /dev/full", 0)
		return
	}
	run := func(script string, codes ...int) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, "sh", "-c", script)
		cmd.Dir = c.dir
		c.judge(finish(ctx, cmd, []string{script}), codes...)
		c.add("lost outputs", 1)
	}
	line := t.Limitcheck + " " + strings.Join(args, " ") + " --out "
	run(line+"full > /dev/full", 3)
	run(line+"head | head -1", 0)
	run(line+"none | true", 0)
	run(line+"closed >&-", 0, 1, 3)
	for _, out := range []string{"full", "head", "none", "closed"} {
		if c.same(filepath.Join(c.dir, out), want) {
			c.add("equal reports", 1)
		}
	}
	for _, command := range []string{"list", "show ridge-gd", "theory ridge-gd", "theory ridge-gd --format json", "theory ridge-gd --format npz",
		"simulate first.yaml", "version", "--help", "verify --help", "new regression", "completion bash"} {
		run(t.Limitcheck+" "+command+" > /dev/full", 3)
		run(t.Limitcheck+" "+command+" | true", 0)
	}
}

// foreignFiles stand where a run would write.
func (t *torture) foreignFiles(c *tally, args []string) {
	const precious = "precious\n"
	names := []string{"report.md", "report.html", "verdict.json", "summary.csv", "run.json", "replicas.jsonl", "first/x", "second",
		"scenarios/x.yaml", "theory/x.csv"}
	for _, name := range names {
		for _, flag := range []string{"", "--fresh", "--resume"} {
			dir := filepath.Join(c.dir, "foreign")
			path := filepath.Join(dir, name)
			os.MkdirAll(filepath.Dir(path), 0o777)
			os.WriteFile(path, []byte(precious), 0o666)
			all := append(args, "--out", "foreign")
			if flag != "" {
				all = append(all, flag)
			}
			start := time.Now()
			c.judge(t.run(c.dir, all...), 2)
			if now, err := os.ReadFile(path); err != nil || string(now) != precious {
				c.fail("a foreign %s was written over (%s)", name, flag)
			}
			if _, err := os.Stat(filepath.Join(dir, "lock")); err == nil && name != "replicas.jsonl" {
				c.fail("%s: the run began, %v", name, time.Since(start))
			}
			c.add("foreign files", 1)
			os.RemoveAll(dir)
		}
	}
	for link, target := range map[string]string{"first": c.dir, "report.md": filepath.Join(c.dir, "first.yaml"), "replicas.jsonl": "/dev/zero"} {
		dir := filepath.Join(c.dir, "links")
		os.MkdirAll(dir, 0o777)
		os.Symlink(target, filepath.Join(dir, link))
		c.judge(t.run(c.dir, append(args, "--out", "links", "--fresh")...), 2)
		if link == "replicas.jsonl" {
			c.judge(t.run(c.dir, append(args, "--out", "merged", "--merge", "links")...), 2)
		}
		c.add("foreign files", 1)
		os.RemoveAll(dir)
	}
	pipe := filepath.Join(c.dir, "pipe")
	os.MkdirAll(pipe, 0o777)
	if exec.Command("mkfifo", filepath.Join(pipe, "replicas.jsonl")).Run() == nil {
		c.judge(t.run(c.dir, append(args, "--out", "merged", "--merge", "pipe")...), 2)
		c.add("foreign files", 1)
	}
	if text, _ := os.ReadFile(filepath.Join(c.dir, "first.yaml")); string(text) != first {
		c.fail("a file behind a link was written over")
	}
}
