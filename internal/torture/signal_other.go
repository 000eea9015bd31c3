//go:build !unix

package main

import "os"

// terminate is what there is in its place.
var terminate = os.Kill
