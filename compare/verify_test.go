package compare_test

import (
	"context"
	"errors"
	"testing"

	"limitcheck/compare"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// Verify refuses what it cannot do before it does anything.
func TestVerifyRefuses(t *testing.T) {
	if _, err := compare.Verify(t.Context(), &scenarios.Scenario{}, compare.Engines{}, compare.Settings{}); !errors.As(err, new(*scenarios.Error)) {
		t.Errorf("an empty scenario: %v", err)
	}
	s, err := scenarios.Find("ridge-gd")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := compare.Verify(t.Context(), s, compare.Engines{Theory: theory.Settings{Ablation: theory.NoMemory}}, compare.Settings{}); err == nil {
		t.Error("an ablated theory was taken for the full one")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := compare.Verify(ctx, s, compare.Engines{}, compare.Settings{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
