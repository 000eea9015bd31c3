package reports

import (
	"encoding/csv"
	"math"
	"strings"
	"testing"

	"limitcheck/scenarios"
)

func TestSummaryTable(t *testing.T) {
	r := everyBranch() // agrees, disagrees, is inconclusive, failed
	r.Sections[0].Settings = []scenarios.Setting{{Key: "data.alpha", Value: 2}, {Key: "student.loss", Value: "square"}}
	r.Sections[1].Settings = []scenarios.Setting{{Key: "data.alpha", Value: nil}, {Key: "data.covariance", Value: map[string]any{"ar1": 0.5}}}
	norm := &r.Sections[2].Comparison.Bounds[1]
	norm.Bound = 100 * norm.Margin
	b, err := summaryCSV(newVerdict(r).Scenarios)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(b))).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	at := func(row int, column string) string {
		for j, name := range rows[0] {
			if name == column {
				return rows[row][j]
			}
		}
		t.Fatalf("no column %s in %q", column, rows[0])
		return ""
	}
	for _, c := range []struct {
		row          int
		column, want string
	}{
		{1, "scenario", "ridge-gd"}, {1, "verdict", "agrees"}, {1, "p", "0.41"}, {1, "data.alpha", "2"}, {1, "student.loss", "square"},
		{1, "data.covariance", ""}, {1, "dims", "250 500 1000 2000"}, {1, "wrong_rejected", "2"}, {1, "wrong_visible", "2"},
		{2, "data.alpha", "null"}, {2, "data.covariance", `{"ar1":0.5}`}, {2, "begins_step", "2"}, {2, "fits", "redrawn-noise"},
		{2, "wrong_rejected", "1"}, {3, "observable", "norm"}, {3, "bias", ""}, {4, "verdict", "failed"}, {4, "p", ""}, {4, "bound", ""},
		{4, "error", "weights diverge at step 7 (d = 250, replica 3): |W| = 1e+300"},
	} {
		if got := at(c.row, c.column); got != c.want {
			t.Errorf("row %d, %s: %q, want %q", c.row, c.column, got, c.want)
		}
	}
	r.Sections[0].Comparison.PValue = math.Inf(1)
	if b, _ = summaryCSV(newVerdict(r).Scenarios); strings.Contains(string(b), "Inf") {
		t.Error("an infinite number is written")
	}
}
