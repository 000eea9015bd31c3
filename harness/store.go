package harness

import (
	"sync"

	"limitcheck/montecarlo"
	"limitcheck/theory"
)

// A Store keeps finished replicas, so that none is trained twice. A run directory is one, Memory another.
type Store interface {
	// Find returns the replica with this key, or nil.
	Find(montecarlo.Key) *montecarlo.Replica
	// Append keeps a replica. It is called as soon as the replica is finished; an error ends the check as a StoreError.
	Append(montecarlo.Key, *montecarlo.Replica) error
}

// A StoreError says that a finished replica, or a finished part of a limit, could not be kept.
type StoreError struct{ Err error }

// Error implements error.
func (e StoreError) Error() string { return e.Err.Error() }

// Unwrap serves errors.Is and errors.As.
func (e StoreError) Unwrap() error { return e.Err }

// Memory is a store that lasts as long as the program. The zero value is empty and ready; its methods may be called
// from several goroutines.
type Memory struct {
	mu       sync.Mutex
	replicas map[montecarlo.Key]*montecarlo.Replica
}

// Find returns the replica with this key, or nil.
func (m *Memory) Find(k montecarlo.Key) *montecarlo.Replica {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.replicas[anonymous(k)]
}

// Append keeps a replica and returns nil.
func (m *Memory) Append(k montecarlo.Key, r *montecarlo.Replica) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.replicas == nil {
		m.replicas = map[montecarlo.Key]*montecarlo.Replica{}
	}
	m.replicas[anonymous(k)] = r
	return nil
}

// anonymous leaves out the scenario's name, which determines nothing.
func anonymous(k montecarlo.Key) montecarlo.Key {
	k.Scenario = ""
	return k
}

// A parts store is the theory's. It knows how long the parts that were found took.
type parts struct {
	theory.Store
	mu      sync.Mutex
	seconds float64
}

func (p *parts) Find(k theory.Key) *theory.Part {
	found := p.Store.Find(k)
	if found != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.seconds += found.Seconds
	}
	return found
}

func (p *parts) Append(k theory.Key, part *theory.Part) error {
	if err := p.Store.Append(k, part); err != nil {
		return StoreError{err}
	}
	return nil
}

// saved are the seconds that were not spent on parts that were found, since it was last asked.
func (set Settings) saved() (seconds float64) {
	if p, ok := set.Theory.Store.(*parts); ok {
		p.mu.Lock()
		defer p.mu.Unlock()
		seconds, p.seconds = p.seconds, 0
	}
	return seconds
}
