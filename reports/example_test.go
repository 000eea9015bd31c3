package reports_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"limitcheck/reports"
	"limitcheck/scenarios"
)

// A report has a section for every scenario, also for one that could not be verified. A Section's Comparison and Limit
// come from package harness.
func ExampleWrite() {
	dir, err := os.MkdirTemp("", "report")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	s, err := scenarios.Find("hinge-gd")
	if err != nil {
		fmt.Println(err)
		return
	}
	r := &reports.Report{Title: "An example", Sections: []reports.Section{{Scenario: s, Err: errors.New("weights diverge at step 7")}}}
	if err := reports.Write(dir, r); err != nil {
		fmt.Println(err)
		return
	}
	text, err := os.ReadFile(filepath.Join(dir, "report.md"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "> ⚠️") || strings.HasPrefix(line, "- **Student.**") {
			fmt.Print(line)
		}
	}
	// Output:
	// > ⚠️ **Not verified**: weights diverge at step 7.
	// - **Student.** $f = x \cdot w$; hinge loss $\ell(f, y) = \max(0, 1 - yf)$.
}
