/*
Calibrate measures the verdict itself, with the real engines: how often a right theory is rejected, and which wrong ones
are rejected by how much data.

	calibrate calibration    false alarms and the law of p-values: reports/gallery/calibration.md
	calibrate power          power against every ablated theory: reports/gallery/power.md

Each verification has a seed of its own and is appended to a file of JSON lines as it finishes, so that a run may be
killed at any moment and takes up where it was. The report is made from that file alone. Seeds are fixed: the same program
gives the same report. Remove the file after a change of the engines or of the statistics.
*/
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/alecthomas/kong"
)

type command struct {
	Calibration calibrationCmd `cmd:"" help:"Measure false alarms and the law of p-values."`
	Power       powerCmd       `cmd:"" help:"Measure the power against ablated theories."`
}

func main() {
	var c command
	k := kong.Parse(&c, kong.Name("calibrate"), kong.Description("Measure how far verdicts can be trusted."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	k.BindTo(ctx, (*context.Context)(nil))
	k.FatalIfErrorf(k.Run())
}

// output is where a command keeps its verifications and writes its report.
type output struct {
	Log    string `help:"File of finished verifications." placeholder:"FILE" required:""`
	Report string `help:"Report to write." placeholder:"FILE" required:""`
	Only   string `help:"Run only studies whose name contains this; no report." placeholder:"TEXT"`
}

func (o output) write(report []byte) error {
	if err := os.MkdirAll(filepath.Dir(o.Report), 0o777); err != nil {
		return err
	}
	if err := os.WriteFile(o.Report, report, 0o666); err != nil {
		return err
	}
	fmt.Println("report:", o.Report)
	return nil
}
