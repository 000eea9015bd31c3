package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"limitcheck/harness"
	"limitcheck/internal/machine"
	"limitcheck/scenarios"
)

// plan says what a run would take, part by part, and runs nothing.
func (c *verifyCmd) plan(e *env, list []scenarios.Member) error {
	if c.Theirs != "" || len(c.Runs) > 0 {
		return badInput("--plan is of our theory and our simulations: it goes with neither --theory nor --runs")
	}
	set := harness.Settings{Theory: c.Theory.settings(0), Simulation: c.Simulation.settings(),
		Ablations: ablations[c.Ablations]}
	share, err := c.share(list, set)
	if err != nil {
		return err
	}
	v := &verification{set: set, share: share}
	var seconds float64
	var most int64
	fmt.Fprintf(e.stdout, "%-24s %-32s %8s %10s %10s\n", "scenario", "part", "count", "memory", "one core")
	err = e.each(list, func(i int) error {
		tasks, err := harness.Forecast(list[i].Scenario, v.settingsOf(i))
		if err != nil {
			return err
		}
		for _, t := range tasks {
			if c.Shard.Of > 0 && !strings.HasPrefix(t.Name, "d = ") { // a share only simulates
				continue
			}
			seconds, most = seconds+t.Seconds, max(most, t.Bytes)
			fmt.Fprintf(e.stdout, "%-24s %-32s %8d %10s %10s\n", list[i].Name, t.Name, t.Count, machine.Size(t.Bytes), duration(t.Seconds))
		}
		return nil
	})
	cores := c.Simulation.Workers
	if cores == 0 {
		cores = runtime.GOMAXPROCS(0)
	}
	fmt.Fprintf(e.stdout, "together: about %s on %d cores, %s at a time\n", duration(seconds/float64(cores)), cores, machine.Size(most))
	e.note("an estimate, right within a factor of two or three on a recent core; nothing was run, and what is on file is not left out")
	return err
}

// duration is a time for reading.
func duration(seconds float64) string {
	switch {
	case seconds >= 365.25*24*3600:
		return fmt.Sprintf("%.2g years", seconds/365.25/24/3600)
	case seconds >= 48*3600:
		return fmt.Sprintf("%.3g days", seconds/24/3600)
	case seconds < 0.05:
		return "<0.1s"
	case seconds < 9.95:
		return fmt.Sprintf("%.1fs", seconds)
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}
