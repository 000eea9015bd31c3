package montecarlo

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"limitcheck/internal/machine"
	"limitcheck/montecarlo/internal/kernel"
)

// hugePage is the size of the large pages of x86-64 and of most arm64 kernels.
const hugePage = 2 << 20

// allocate returns n zeros. Large arrays come straight from the system, on huge pages: reading them then takes few
// address translations, and release gives them back at once.
func allocate[T kernel.Float](n int) []T {
	size := n * int(unsafe.Sizeof(T(0)))
	if size < hugePage {
		return make([]T, n)
	}
	memory, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		panic(&machine.MemoryError{Need: int64(size), Have: machine.Available()})
	}
	_ = unix.Madvise(memory, unix.MADV_HUGEPAGE) // a hint: without it things are slower, not wrong
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(memory))), n)
}

// release frees what allocate returned.
func release[T kernel.Float](data []T) {
	size := len(data) * int(unsafe.Sizeof(T(0)))
	if size < hugePage {
		return
	}
	memory := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(data))), size)
	_ = unix.Munmap(memory) // refuses, harmlessly, memory that is Go's own
}
