package scenarios

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"limitcheck/internal/spec"
)

// worded checks words that a report will show: they are there, in one piece, and without holes.
func worded(t *testing.T, what, words string) {
	t.Helper()
	if words == "" || strings.Contains(words, "%!") || strings.Contains(words, "\n") || strings.Count(words, "$")%2 != 0 {
		t.Errorf("%s: %q", what, words)
	}
}

// Every part that a file can name says what it is. Schedules are shown as the file writes them.
func TestEveryPartHasItsWords(t *testing.T) {
	checkWords(t, &losses)
	checkWords(t, &activations)
	checkWords(t, &weightLaws)
	checkWords(t, &noises)
	checkWords(t, &covariances)
	for name, label := range examples(t, &labels) {
		l, ok := label.(interface{ Formula(argument string) string })
		if !ok {
			t.Errorf("label %s has no Formula", name)
			continue
		}
		worded(t, name, l.Formula("h"))
	}
	for _, name := range optimizers.Names() {
		o, ok := exampleOf(name, slowly(name)).(interface {
			Formula() (update, numbers string)
		})
		if !ok {
			t.Errorf("method %s has no Formula", name)
			continue
		}
		update, numbers := o.Formula()
		worded(t, name, update)
		worded(t, name, numbers)
		number := "0.1" // the learning rate
		if _, static := o.(*Minimizer); static {
			number = numbersOnly["ridge"]
		}
		if !strings.Contains(numbers, number) {
			t.Errorf("method %s does not say its %s: %s", name, number, numbers)
		}
	}
	for name, mask := range maskExamples() {
		m, ok := mask.(interface{ Formula() string })
		if !ok {
			t.Errorf("sampling %s has no Formula", name)
			continue
		}
		if worded(t, name, m.Formula()); !strings.Contains(m.Formula(), "0.25") {
			t.Errorf("sampling %s does not say its fraction: %s", name, m.Formula())
		}
	}
}

// slowly is another learning rate, for a method that has one.
func slowly(name string) map[string]string {
	if _, static := optimizers.New[name]().(*Minimizer); static {
		return nil
	}
	return map[string]string{"learning_rate": "0.1"}
}

func checkWords[T any](t *testing.T, r *spec.Registry[T]) {
	for spelling, part := range examples(t, r) {
		p, ok := any(part).(interface{ Formula() string })
		if !ok {
			t.Errorf("%s %s has no Formula", r.What, spelling)
			continue
		}
		worded(t, spelling, p.Formula())
	}
}

// docs/theory.md has a row for every part that a file can name, in the table of its kind.
func TestTheoryNamesEveryPart(t *testing.T) {
	text, err := os.ReadFile("../docs/theory.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := tables(string(text))
	for header, names := range map[string][]string{
		"`loss`": losses.Names(), "`activation`": activations.Names(), "`label`": labels.Names(),
		"`schedule`": schedules.Names(), "`covariance`": covariances.Names(),
		"key": append(weightLaws.Names(), noises.Names()...), "`method.kind`": optimizers.Names(),
		"`sampling`": masks.Names(),
	} {
		rows := documented[header]
		if len(rows) < len(names) {
			t.Errorf("%d rows under %s for %d parts: %q", len(rows), header, len(names), names)
		}
		for _, name := range names {
			if !slices.ContainsFunc(rows, regexp.MustCompile("[`{ ]"+regexp.QuoteMeta(name)+"[`,:]").MatchString) {
				t.Errorf("docs/theory.md has no row for %s in the table headed %s", name, header)
			}
		}
	}
}

// tables are the first cells of the tables of a Markdown text, by that of the header.
func tables(text string) map[string][]string {
	found := map[string][]string{}
	header := ""
	for line := range strings.Lines(text) {
		cell, isRow := strings.CutPrefix(line, "| ")
		switch cell, _, _ = strings.Cut(cell, " |"); {
		case !isRow && !strings.HasPrefix(line, "|"):
			header = ""
		case isRow && header == "":
			header = cell
		case isRow:
			found[header] = append(found[header], cell)
		}
	}
	return found
}
