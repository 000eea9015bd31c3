package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// journals are finished runs whose journal is damaged before they are taken up: what is left of it is used, what is
// missing simulated again, and the report the same; or nothing of it is ours any more, which is said, and left.
func (t *torture) journals(c *tally) {
	args, want := t.problem(c)
	if want == "" {
		return
	}
	whole, err := os.ReadFile(filepath.Join(c.dir, "whole", "replicas.jsonl"))
	if err != nil {
		c.fail("%v", err)
		return
	}
	for _, what := range []string{"journals", "equal reports", "refused as foreign"} {
		c.add(what, 0)
	}
	for n := range t.share(60) {
		damaged := damage(t.rng, whole)
		out := fmt.Sprintf("run%d", n)
		dir := filepath.Join(c.dir, out)
		journal := filepath.Join(dir, "replicas.jsonl")
		if err := os.MkdirAll(dir, 0o777); err != nil {
			c.fail("%v", err)
			return
		}
		if err := os.WriteFile(journal, damaged, 0o666); err != nil {
			c.fail("%v", err)
			return
		}
		c.add("journals", 1)
		o := t.run(c.dir, append(args, "--out", out, "--resume")...)
		switch {
		case !c.judge(o, 0, 1, 2):
			c.keep(out+".jsonl", damaged)
		case o.code == 2:
			if now, _ := os.ReadFile(journal); !bytes.Equal(now, damaged) {
				c.fail("%s was called foreign and changed", c.keep(out+".jsonl", damaged))
			}
			c.add("refused as foreign", 1)
		case c.same(dir, want):
			c.add("equal reports", 1)
		default:
			c.keep(out+".jsonl", damaged)
		}
		os.RemoveAll(dir)
	}
}

// damage does one to three harms to a journal.
func damage(rng *rand.Rand, whole []byte) []byte {
	b := bytes.Clone(whole)
	for range 1 + rng.IntN(3) {
		at := rng.IntN(len(b) + 1)
		length := min(len(b)-at, 1+rng.IntN(3000))
		switch rng.IntN(8) {
		case 0: // one bit
			if at < len(b) {
				b[at] ^= 1 << rng.IntN(8)
			}
		case 1: // the end is missing
			b = b[:at]
		case 2: // the beginning is
			b = b[at:]
		case 3: // a block is
			b = append(b[:at], b[at+length:]...)
		case 4: // a block was never written
			clear(b[at : at+length])
		case 5: // a block is there twice
			b = append(b[:at+length], b[at:]...)
		case 6: // somebody else wrote into it
			b = append(b[:at], append([]byte("\n{\"my\": \"data\"}\n\x1b[31m\n"), b[at:]...)...)
		case 7: // a block of noise
			for i := range b[at : at+length] {
				b[at+i] = byte(rng.Uint32())
			}
		}
		if len(b) == 0 {
			return b
		}
	}
	return b
}
