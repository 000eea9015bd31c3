// Package machine says what the machine has for this process.
package machine

import (
	"fmt"
	"math"
)

// A Memory is what this process can still be given, and what bounds it.
type Memory struct {
	Bytes int64
	Bound string // the limit that is reached first, in words: "this machine"
}

// unknownMemory is assumed where the system does not tell.
const unknownMemory = 8 << 30

// smaller takes another bound in, if it is below.
func (m Memory) smaller(bytes int64, bound string) Memory {
	if bytes < m.Bytes {
		return Memory{max(0, bytes), bound}
	}
	return m
}

// A MemoryError says that something does not fit the memory. Nothing has been allocated for it.
type MemoryError struct {
	What string // would take the memory
	Need int64  // bytes
	Have Memory
	Hint string // what would take less; may be empty
}

// Error is one line: what takes how much, what there is, and what would help.
func (e *MemoryError) Error() string {
	text := fmt.Sprintf("%s takes some %s, and %s has %s for it", e.What, Size(e.Need), e.Have.Bound, Size(e.Have.Bytes))
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// Size is a number of bytes for reading, to three digits: 14.4 GB.
func Size(bytes int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB", "PB", "EB"}
	size := float64(bytes)
	for size >= 999.5 && len(units) > 1 { // which would be rounded to 1e+03
		size, units = size/1000, units[1:]
	}
	return fmt.Sprintf("%.3g %s", size, units[0])
}

// Bytes is a computed size as a number of bytes, the largest one where it is beyond all.
func Bytes(size float64) int64 {
	if size >= math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(size)
}
