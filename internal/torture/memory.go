package main

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
)

// memory lets commands run within less and less address space: each does its work or says in one line what does not fit,
// with exit code 3. Go's runtime itself does not start with less than 1.4 GB.
func (t *torture) memory(c *tally) {
	if _, err := exec.LookPath("sh"); err != nil || runtime.GOOS != "linux" {
		c.add("skipped: no shell, or not Linux", 0)
		return
	}
	c.keep("first.yaml", []byte(first))
	c.keep("second.yaml", []byte(second))
	c.keep("long.yaml", []byte(strings.Replace(second, "steps: 5", "steps: 200", 1)))
	c.keep("closed.yaml", []byte(strings.Replace(first, "steps: 6", "steps: 2500", 1)))
	for _, what := range []string{"commands", "done", "refused"} {
		c.add(what, 0)
	}
	for _, limit := range []int{3000, 1450, 2000, 1600}[:t.share(4)] { // MB
		for _, args := range []string{
			"list",
			"theory second.yaml",
			"theory long.yaml --paths 4096 --scramblings 2",
			"theory closed.yaml",
			"theory adam --coordinates 131072 --scramblings 2",
			"simulate first.yaml --dim 20000 --replicas 1 --engine dense",
			"simulate first.yaml --dim 5000 --replicas 2 --engine dense",
			"simulate first.yaml --dim 1000000 --replicas 1 --engine conditioning",
			"simulate second.yaml --dim 200000 --replicas 2 --engine conditioning --float32",
			fmt.Sprintf("verify first.yaml second.yaml --paths 512 --out out%d --fresh", limit),
		} {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			cmd := exec.CommandContext(ctx, "sh", "-c", fmt.Sprintf("ulimit -v %d; exec %s %s", limit*1000, t.Limitcheck, args))
			cmd.Dir = c.dir
			o := finish(ctx, cmd, []string{args, fmt.Sprintf("(%d MB)", limit)})
			cancel()
			c.add("commands", 1)
			if !c.judge(o, 0, 1, 3) {
				continue
			}
			if o.code == 3 {
				if !strings.Contains(o.stderr, " for it") {
					c.fail("says not what does not fit: %v", o)
				}
				c.add("refused", 1)
			} else {
				c.add("done", 1)
			}
		}
	}
}
