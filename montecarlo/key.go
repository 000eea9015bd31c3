package montecarlo

import "limitcheck/scenarios"

// A Key is everything that determines a replica's values.
type Key struct {
	Scenario string // name, for readers; it determines nothing
	Hash     string // scenarios.Scenario.Hash
	Seed     uint64
	Dim      int
	Index    int // of the replica, counted from 0 at each dim
	Engine   string
	Float32  bool
}

// Keys returns the function from the scenario's jobs to the keys that their replicas have under these settings.
func (set Settings) Keys(s *scenarios.Scenario) func(Job) Key {
	hash := s.Hash()
	return func(job Job) Key {
		return Key{
			Scenario: s.Name, Hash: hash, Seed: s.Experiment.Seed, Dim: job.Dim, Index: job.Index,
			Engine: string(set.EngineAt(s, job.Dim)), Float32: set.Float32,
		}
	}
}

// EngineAt is the engine that simulates the scenario at dimension dim under these settings.
func (set Settings) EngineAt(s *scenarios.Scenario, dim int) Engine {
	if set.Engine == Auto {
		return Choose(s, dim)
	}
	return set.Engine
}
