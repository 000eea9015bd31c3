package machine

import (
	"runtime"

	"golang.org/x/sys/cpu"
)

// Kind is the kind of machine this is, as far as the last bits of results depend on it: the architecture and the vector
// units that the engines' loops use.
func Kind() string {
	fused := cpu.X86.HasAVX2 && cpu.X86.HasFMA
	switch {
	case fused && cpu.X86.HasAVX512F:
		return runtime.GOARCH + " avx512"
	case fused:
		return runtime.GOARCH + " avx2"
	}
	return runtime.GOARCH
}
