//go:build !linux

package montecarlo

// physicalMemory is not asked of other systems: a machine of 8 GiB is assumed.
func physicalMemory() int64 { return defaultMemory }
