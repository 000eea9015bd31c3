package harness

import (
	"slices"
	"strings"
	"testing"

	"limitcheck/compare"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// A wrong theory that diverges cannot be compared, which is noted. At this learning rate everything grows by eight
// digits a step, and counting batches twice is the first to pass 1e100.
func TestWrongTheoryDiverges(t *testing.T) {
	wild := strings.NewReplacer("learning_rate: 0.1, steps: 1", "learning_rate: 1000, batch: {fraction: 0.2}, steps: 12")
	s, err := scenarios.Parse("problem.yaml", []byte(wild.Replace(problem)))
	if err != nil {
		t.Fatal(err)
	}
	set := Settings{Theory: theory.Settings{Paths: 1024, Seed: 1}, Ablations: []theory.Ablation{theory.DoubleBatch, theory.NoMemory}}
	list, notes, err := set.wrong(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].Name != string(theory.NoMemory) {
		t.Errorf("%d theories are compared, want no-memory alone", len(list))
	}
	want := compare.Note{Kind: compare.NoteAblation, Text: "The wrong theory double-batch diverges at step 12 and is not compared."}
	if !slices.Equal(notes, []compare.Note{want}) {
		t.Errorf("notes %v", notes)
	}
}
