package reports

import (
	"flag"
	"os"
	"testing"
)

var keep = flag.String("keep", "", "also write the synthetic report to this directory, to be looked at")

func TestKeep(t *testing.T) {
	if *keep == "" {
		t.Skip("no -keep")
	}
	if err := os.MkdirAll(*keep, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(*keep, everyBranch()); err != nil {
		t.Fatal(err)
	}
}
