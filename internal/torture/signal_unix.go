//go:build unix

package main

import (
	"os"
	"syscall"
)

// terminate is what a batch system sends first.
var terminate os.Signal = syscall.SIGTERM
