package harness_test

import (
	"context"
	"errors"
	"testing"

	"limitcheck/compare"
	"limitcheck/harness"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// Verify refuses what it cannot do before it does anything.
func TestVerifyRefuses(t *testing.T) {
	if _, err := harness.Verify(t.Context(), &scenarios.Scenario{}, harness.Engines{}, compare.Settings{}); !errors.As(err, new(*scenarios.Error)) {
		t.Errorf("an empty scenario: %v", err)
	}
	s, err := scenarios.Find("ridge-gd")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := harness.Verify(t.Context(), s, harness.Engines{Theory: theory.Settings{Ablation: theory.NoMemory}}, compare.Settings{}); err == nil {
		t.Error("an ablated theory was taken for the full one")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := harness.Verify(ctx, s, harness.Engines{}, compare.Settings{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
