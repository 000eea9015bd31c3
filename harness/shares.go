package harness

import (
	"cmp"
	"container/heap"
	"slices"

	"limitcheck/montecarlo"
	"limitcheck/scenarios"
)

// A Share is a part of the replicas of several scenarios: the jobs of each, by dim and index.
type Share struct {
	Jobs    [][]montecarlo.Job // by scenario
	Seconds float64            // that they take on one core, by the cost model
}

// Shares splits the replicas of the scenarios' experiments into n shares of about equal cost: the most expensive job that is
// left goes to the share that has least to do. Of more shares than jobs the last are empty, and left out. It depends on its
// arguments alone. An error is a *machine.MemoryError: there are too many jobs to list.
func Shares(list []*scenarios.Scenario, set montecarlo.Settings, n int) ([]Share, error) {
	type task struct {
		scenario int
		job      montecarlo.Job
		seconds  float64
	}
	var tasks []task
	for i, s := range list {
		const ofTask = 64 // bytes, with the share's own
		if err := fits(s, wanted(s), ofTask); err != nil {
			return nil, err
		}
		cost := costs(s, set)
		for job := range Jobs(s) {
			tasks = append(tasks, task{i, job, cost(job.Dim)})
		}
	}
	slices.SortStableFunc(tasks, func(a, b task) int { return cmp.Compare(b.seconds, a.seconds) })
	n = min(n, len(tasks))
	shares := make([]Share, n)
	open := make(leastFirst, n)
	for i := range shares {
		shares[i].Jobs = make([][]montecarlo.Job, len(list))
		open[i] = opening{&shares[i], i}
	}
	for _, t := range tasks {
		share := open[0].Share
		share.Jobs[t.scenario] = append(share.Jobs[t.scenario], t.job)
		share.Seconds += t.seconds
		heap.Fix(&open, 0)
	}
	for _, share := range shares {
		for _, jobs := range share.Jobs {
			slices.SortFunc(jobs, func(a, b montecarlo.Job) int {
				return cmp.Or(cmp.Compare(a.Dim, b.Dim), cmp.Compare(a.Index, b.Index))
			})
		}
	}
	return shares, nil
}

// Select takes a scenario's jobs of the share among those that are wanted: Settings.Select.
func (s Share) Select(scenario int) func(jobs []montecarlo.Job) []montecarlo.Job {
	own := map[montecarlo.Job]bool{}
	for _, job := range s.Jobs[scenario] {
		own[job] = true
	}
	return func(jobs []montecarlo.Job) []montecarlo.Job {
		return slices.DeleteFunc(slices.Clone(jobs), func(job montecarlo.Job) bool { return !own[job] })
	}
}

// An opening is a share that is being filled; of equally full ones the first is next.
type opening struct {
	*Share
	number int
}

// leastFirst is a heap of openings.
type leastFirst []opening

func (h leastFirst) Len() int      { return len(h) }
func (h leastFirst) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h leastFirst) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(h[i].Seconds, h[j].Seconds), cmp.Compare(h[i].number, h[j].number)) < 0
}
func (h leastFirst) Push(any) {}
func (h leastFirst) Pop() any { return nil }
