// Package floor ends a program that has not enough memory to begin with, before Go's runtime, which knows no other way,
// ends it with a page of goroutines. A program imports it for that effect.
package floor

import (
	"os"

	"limitcheck/internal/machine"
)

// least is what the packages that are initialised after this one, the threads and the first collection take.
const least = 192 << 20

// exitFailure is what the command exits with where something does not fit the machine.
const exitFailure = 3

func init() {
	if have := machine.Available(); have.Bytes < least {
		err := machine.MemoryError{What: "limitcheck: the program itself", Need: least, Have: have}
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(exitFailure)
	}
}
