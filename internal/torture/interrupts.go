package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// interrupts are of commands that take long, at any moment: how long until they have ended? A person expects a tenth of a
// second; the limit here is for machines that have more to do.
func (t *torture) interrupts(c *tally) {
	const expected, limit = 100 * time.Millisecond, 2 * time.Second
	c.keep("first.yaml", []byte(first))
	c.keep("closed.yaml", []byte(strings.Replace(first, "steps: 6", "steps: 6000", 1)))
	c.keep("sampled.yaml", []byte(strings.Replace(second, "steps: 5", "steps: 3000", 1)))
	c.keep("kernels.yaml", []byte(strings.Replace(first, "steps: 6", "steps: 1000", 1)))
	for _, what := range []string{"interrupts", "later than 100 ms", "ended before"} {
		c.add(what, 0)
	}
	var slowest time.Duration
	for _, args := range []string{
		"theory closed.yaml", "theory sampled.yaml --scramblings 2", "theory kernels.yaml --kernels",
		"theory fused-lasso --coordinates 1048576 --scramblings 2",
		"simulate first.yaml --dim 10000 --replicas 1 --engine dense", "simulate first.yaml --dim 1000000 --replicas 1",
		"simulate first.yaml --replicas 10000000", "verify --suite full --out suite --fresh",
	} {
		for range t.share(5) {
			after := time.Duration(300+t.rng.IntN(6000)) * time.Millisecond
			took, ended := t.stop(c, strings.Fields(args), os.Interrupt, after)
			if ended {
				c.add("ended before", 1)
				continue
			}
			c.add("interrupts", 1)
			if slowest = max(slowest, took); took > expected {
				c.add("later than 100 ms", 1)
			}
			if took > limit {
				c.fail("limitcheck %s answers an interrupt after %v", args, took)
			}
		}
	}
	c.add(fmt.Sprintf("ms until the slowest answer (%d allowed)", limit.Milliseconds()), int(slowest.Milliseconds()))
}
