package reports

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"limitcheck/compare"
	"limitcheck/internal/trials"
	"limitcheck/scenarios"
)

// calibrated is n trials whose p-values are those of a perfect test, but for the first few, which are tiny.
func calibrated(t *testing.T, n, tiny int) *Calibration {
	s, err := scenarios.Find("ridge-gd")
	if err != nil {
		t.Fatal(err)
	}
	c := &Calibration{Scenario: s, Command: "limitcheck calibrate `x`", Version: "v1"}
	for i := range n {
		p := (float64(i) + 0.5) / float64(n)
		if i < tiny {
			p = 1e-4
		}
		c.Trials = append(c.Trials, trials.Trial{Seed: uint64(i + 1), PValue: p, Joint: min(1, 2*p), Verdict: compare.Agrees,
			Family: map[string]float64{"law of weights": 1 - p}})
	}
	return c
}

// A rate is called too high beyond chance only: of 200 right p-values 2 are below 1 %, where 9 have probability 2.5e-4 and 8
// have 0.0011, so that the 99.9 % interval, with 0.05 % on either side, leaves 1 % out from 9 on.
func TestLevels(t *testing.T) {
	exceeded := func(tiny int) (names []string) {
		for _, l := range calibrated(t, 200, tiny).Levels() {
			if l.Exceeded() {
				names = append(names, l.Name)
			}
		}
		return names
	}
	for tiny, expected := range map[int]string{0: "", 8: "", 9: "curves joint", 25: "curves curves joint joint"} {
		if got := strings.Join(exceeded(tiny), " "); got != expected {
			t.Errorf("%d tiny p-values: above their levels are %q, expected %q", tiny, got, expected)
		}
	}
	levels := calibrated(t, 200, 9).Levels()
	if len(levels) != 6 || levels[0].Rate != (trials.Rate{K: 9, N: 200}) || levels[2].Name != "law of weights" || levels[2].K != 2 {
		t.Errorf("levels: %+v", levels)
	}
}

// The page has the rates, the verdicts and a picture that is there.
func TestWriteCalibration(t *testing.T) {
	dir := t.TempDir()
	if err := WriteCalibration(dir, calibrated(t, 200, 9)); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "calibration.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"200 verifications at d = ", "| curves         | 4.5 % [2.1, 8.4] |", "200 agree, 0 disagree",
		"(calibration.svg)", "`` limitcheck calibrate `x` ``"} {
		if !strings.Contains(string(page), text) {
			t.Errorf("%q is not in\n%s", text, page)
		}
	}
	picture, err := os.ReadFile(filepath.Join(dir, "calibration.svg"))
	if err != nil || !strings.Contains(string(picture), "share of p-values up to p") {
		t.Errorf("picture: %v, %d bytes", err, len(picture))
	}
	for _, n := range []int{1, 2} { // few are no reason to fail
		if err := WriteCalibration(dir, calibrated(t, n, 0)); err != nil {
			t.Error(err)
		}
	}
}
