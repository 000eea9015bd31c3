package harness_test

import (
	"errors"

	"limitcheck/montecarlo"
)

// failing is a store that keeps nothing.
type failing struct{}

var errFull = errors.New("no space left")

func (failing) Find(montecarlo.Key) *montecarlo.Replica          { return nil }
func (failing) Append(montecarlo.Key, *montecarlo.Replica) error { return errFull }
