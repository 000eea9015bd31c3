package main

import (
	"context"
	"regexp"
	"testing"
)

// The page has a row for each law and d, and no run of a law with a fourth moment diverges: at d = 30 the largest eigenvalue of
// XᵀX is below the 8 at which a rate of 0.25 is unstable by ten of its standard deviations for bounded entries.
func TestPage(t *testing.T) {
	c := command{Replicas: 4, Dims: []int{30}}
	text, err := c.page(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\| (\S.*) \| 30 \| (\d) of 4 \| .* \| .* \|$`).FindAllStringSubmatch(text, -1)
	if len(rows) != len(laws) {
		t.Fatalf("%d rows in\n%s", len(rows), text)
	}
	for _, row := range rows {
		if (row[1] == "rademacher" || row[1] == "uniform") && row[2] != "0" {
			t.Error(row[0])
		}
	}
	if holes := regexp.MustCompile(`\{(steps|overlap|test|table|end|replicas)\}|NaN`).FindString(text); holes != "" {
		t.Error(holes)
	}
}
