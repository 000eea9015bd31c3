package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// kills are runs that end at any moment, by a signal that can be caught or one that cannot, and are taken up until they
// come to their end: their reports are that of a run to which nothing happened.
func (t *torture) kills(c *tally) {
	args, want := t.problem(c)
	if want == "" {
		return
	}
	c.add("runs", 0)
	c.add("kills", 0)
	c.add("equal reports", 0)
	for n := range t.share(20) {
		out := fmt.Sprintf("run%d", n)
		for range 12 { // or else it never ends
			signal := []os.Signal{os.Kill, os.Interrupt, terminate}[t.rng.IntN(3)]
			after := time.Duration(t.rng.IntN(900)) * time.Millisecond
			if _, ended := t.stop(c, append(args, "--out", out, "--resume"), signal, after); ended {
				break
			}
			c.add("kills", 1)
		}
		o := t.run(c.dir, append(args, "--out", out, "--resume")...)
		c.add("runs", 1)
		if c.judge(o, 0, 1) && c.same(filepath.Join(c.dir, out), want) {
			c.add("equal reports", 1)
			os.RemoveAll(filepath.Join(c.dir, out))
		}
	}
}

// stop starts a command and sends it a signal after a while. It returns how long the command took to end then; ended: by
// itself, before that.
func (t *torture) stop(c *tally, args []string, signal os.Signal, after time.Duration) (took time.Duration, ended bool) {
	const longest = 20 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := t.command(ctx, c.dir, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		c.fail("%v", err)
		return 0, true
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	codes := []int{0, 1}
	select {
	case <-done:
		ended = true
	case <-time.After(after):
		start := time.Now()
		cmd.Process.Signal(signal)
		select {
		case <-done:
		case <-time.After(longest):
			cmd.Process.Kill()
			<-done
		}
		took = time.Since(start)
		codes = append(codes, 130, -1) // -1: by the signal, so early that nobody listened yet, or one that cannot be caught
	}
	c.judge(outcome{args: args, code: cmd.ProcessState.ExitCode(), stderr: stderr.String(), hung: took >= longest}, codes...)
	return took, ended
}
