package montecarlo

import (
	"testing"

	"limitcheck/internal/machine"
)

// Memory that the system refuses after all ends one replica, not the program.
func TestAllocationFails(t *testing.T) {
	defer func() {
		if _, ok := recover().(*machine.MemoryError); !ok {
			t.Error("no *machine.MemoryError")
		}
	}()
	release(allocate[float64](1 << 57))
	t.Skip("this system has two exabytes")
}
