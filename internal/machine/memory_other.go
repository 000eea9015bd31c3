//go:build !linux

package machine

// Memory is not asked of other systems: a machine of 8 GiB is assumed.
func Memory() int64 { return unknownMemory }
