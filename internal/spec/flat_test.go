package spec

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A mover is a part whose keys stand flat beside those of others.
type mover interface{ Speed() float64 }

type walker struct{ pace, rest float64 }
type swimmer struct{ strokes int }
type stranger struct{ Pace float64 }

func (w *walker) Speed() float64 { return w.pace - w.rest }
func (s *swimmer) Speed() float64 {
	return float64(s.strokes)
}
func (s stranger) Speed() float64 { return s.Pace }

func (w *walker) Keys() Keys {
	return Keys{
		{Name: "pace", Required: true, Accepts: "must be > 0", Value: Number(&w.pace, Positive)},
		{Name: "rest", Default: 0.5, Value: Number(&w.rest, NonNegative)},
	}
}

func (w *walker) Validate() error {
	if w.rest > w.pace {
		return Wrong("rest", "must be at most pace")
	}
	return nil
}

func (s *swimmer) Keys() Keys {
	return Keys{{Name: "strokes", Default: 3, Value: Whole(&s.strokes, 1, 9)}}
}

var movers = Registry[mover]{
	What: "mover", KindKey: "kind",
	New: map[string]func() mover{"walk": func() mover { return new(walker) }, "swim": func() mover { return new(swimmer) }},
}

// tour is a mapping with a flat part; back is the same kind of part, whose kind may be left out and stands second.
type tour struct {
	way, back mover
	steps     int
}

func (s *tour) keys() Keys {
	still := func() string {
		if _, swims := s.way.(*swimmer); swims {
			return "nobody steps in water"
		}
		return ""
	}
	standard := movers
	standard.Standard, standard.Before = "walk", 1
	return Keys{{Name: "tour", Required: true, Value: Flat(&s.way, &movers,
		Key{Name: "back", Value: Flat(&s.back, &standard)},
		Key{Name: "steps", Default: 7, Unless: still, Value: Whole(&s.steps, 1, 99)})}}
}

func readTour(text string) (*tour, error) {
	document, err := Parse("x", []byte(text))
	if err != nil {
		return nil, err
	}
	s := new(tour)
	if err := document.Read(s.keys()); err != nil {
		return nil, document.Locate(err)
	}
	s.keys().Fill()
	return s, document.Locate(s.keys().Check())
}

// What is left out is filled in, in the order of the keys, and reads back as itself.
func TestFlat(t *testing.T) {
	for text, want := range map[string]string{
		"tour: {kind: swim, back: {pace: 2}}": "tour:\n  kind: swim\n  strokes: 3\n  back:\n    pace: 2.0\n    kind: walk\n    rest: 0.5\n",
		"tour: {rest: 1, pace: 4, kind: walk, back: {kind: swim, strokes: 9}}": "tour:\n  kind: walk\n  pace: 4.0\n  rest: 1.0\n" +
			"  back:\n    strokes: 9\n    kind: swim\n  steps: 7\n",
	} {
		s, err := readTour(text)
		if err != nil {
			t.Error(err)
			continue
		}
		got, foreign, err := s.keys().YAML()
		if diff := cmp.Diff(want, string(got)); diff != "" || foreign != nil || err != nil {
			t.Errorf("%s: %v, %v\n%s", text, foreign, err, diff)
		}
		if string(s.keys().Canonical()) != want {
			t.Errorf("the canonical text is\n%s", s.keys().Canonical())
		}
		if again, err := readTour(string(got)); err != nil || !cmp.Equal(s, again, cmp.AllowUnexported(tour{}, walker{}, swimmer{})) {
			t.Errorf("read back: %+v, %v", again, err)
		}
	}
}

func TestFlatRefusals(t *testing.T) {
	for text, want := range map[string]string{
		"tour: {pace: 2}":                            "x:1:7: tour.kind: required, but missing (accepted: swim, walk)",
		"tour: walk":                                 `x:1:7: tour: must be a mapping with the keys kind, back, steps, got "walk"`,
		"tour: {kind: fly}":                          `x:1:14: tour.kind: unknown mover "fly" (accepted: swim, walk)`,
		"tour: {kind: 3}":                            "x:1:14: tour.kind: must be the name of a mover (accepted: swim, walk), got 3",
		"tour: {kind: walk}":                         "x:1:7: tour.pace: required by tour.kind walk: must be > 0",
		"tour: {kind: walk, pace: -1}":               "x:1:26: tour.pace: must be > 0, got -1",
		"tour: {kind: walk, pace: 1, rest: 2}":       "x:1:35: tour.rest: must be at most pace",
		"tour: {kind: walk, pace: 1, strokes: 2}":    "x:1:38: tour.strokes: tour.kind walk does not use it (swim would)",
		"tour: {kind: walk, pcae: 1}":                `x:1:20: tour.pcae: unknown key "pcae", did you mean pace? (accepted: kind, pace, rest, back, steps)`,
		"tour: {kind: swim, steps: 1}":               "x:1:27: tour.steps: nobody steps in water",
		"tour: {kind: swim, back: {strokes: 1}}":     "x:1:36: tour.back.strokes: tour.back.kind walk does not use it (swim would)",
		"tour: {kind: swim, back: {kind: swim}}":     "",
		"tour: {kind: swim, back: {}}":               "x:1:26: tour.back.pace: required by tour.back.kind walk: must be > 0",
		"tour: {kind: swim}":                         "x:1:7: tour.back.pace: required by tour.back.kind walk: must be > 0",
		"tour: {kind: swim, kind: walk, strokes: 1}": "x:1:20: tour.kind: given twice",
	} {
		_, err := readTour(text)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
}

// Fill gives a part its defaults in a copy, and a type that the registry does not know nothing at all: it is known by
// what it holds, and no file can name it.
func TestFlatOfGo(t *testing.T) {
	shared := &walker{pace: 2}
	a, b := &tour{way: shared, back: new(swimmer)}, &tour{way: shared, back: new(swimmer)}
	a.keys().Fill()
	if shared.rest != 0 || a.way.Speed() != 1.5 || b.way != shared {
		t.Errorf("shared %+v, filled %+v", shared, a.way)
	}
	a.way = stranger{2}
	a.keys().Fill()
	if err := a.keys().Check(); err != nil || a.way != (stranger{2}) {
		t.Errorf("%v, %+v", err, a.way)
	}
	one := string(a.keys().Canonical())
	a.way = stranger{3}
	if _, foreign, _ := a.keys().YAML(); len(foreign) != 1 || foreign[0] != "mover spec.stranger" || one == string(a.keys().Canonical()) {
		t.Errorf("%v\n%s", foreign, one)
	}
	a.way = nil
	if err := a.keys().Check(); err == nil || err.Error() != "tour.kind: required, but missing (accepted: swim, walk)" {
		t.Error(err)
	}
}
