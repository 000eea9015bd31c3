//go:build !linux

package machine

// Available is not asked of other systems: a machine of 8 GiB is assumed.
func Available() Memory { return Memory{unknownMemory, "this machine"} }
