package limits

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"limitcheck/theory"
)

func open(t *testing.T, dir string) *Directory {
	t.Helper()
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

var key = theory.Key{Hash: "abc", Seed: 1, Paths: 64, Coordinates: 64, Probes: true, Kernels: true}

func part() *theory.Part {
	return &theory.Part{Curve: [][]float64{{1, math.Copysign(0, -1)}, {0.1, 3e-320}}, Probes: []float64{math.Inf(-1)},
		Kernels: [][]float64{{1}, {2, 3}, {0, 0, 0}}, Seconds: 0.25}
}

// A part reads back to the same bits, in another process and in a run that includes its directory.
func TestReadsBack(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	if d.Find(key) != nil {
		t.Error("found what is not there")
	}
	want := part()
	want.Probes = append(want.Probes, math.NaN())
	if err := d.Append(key, want); err != nil {
		t.Fatal(err)
	}
	other := open(t, t.TempDir())
	if err := other.Include(dir); err != nil {
		t.Fatal(err)
	}
	for _, d := range []*Directory{d, open(t, dir), other} {
		got := d.Find(key)
		if got == nil {
			t.Fatal("not found")
		}
		if n := len(got.Probes); n != 2 || !math.IsNaN(got.Probes[1]) {
			t.Errorf("probes %v", got.Probes)
		}
		if !math.Signbit(got.Curve[0][1]) || got.Curve[1][1] != 3e-320 {
			t.Errorf("curve %v", got.Curve)
		}
		got.Probes, got.Curve[0][1] = want.Probes[:1], want.Curve[0][1]
		expected := part()
		if !reflect.DeepEqual(got, expected) {
			t.Errorf("%+v, want %+v", got, expected)
		}
		if d.Used() == 0 || len(d.Machines()) != 1 {
			t.Errorf("%d used, of machines %v", d.Used(), d.Machines())
		}
	}
	if err := d.Discard(); err != nil || open(t, dir).Find(key) != nil {
		t.Errorf("discarded parts are there: %v", err)
	}
	if open(t, other.dir).Find(key) == nil {
		t.Error("what was found in another directory is gone with it")
	}
}

// All of a key counts.
func TestEveryFieldOfAKeyCounts(t *testing.T) {
	seen := map[string]theory.Key{}
	for i := range reflect.TypeFor[theory.Key]().NumField() {
		k := key
		switch f := reflect.ValueOf(&k).Elem().Field(i); f.Kind() {
		case reflect.String:
			f.SetString("other")
		case reflect.Bool:
			f.SetBool(!f.Bool())
		case reflect.Uint64:
			f.SetUint(77)
		default:
			f.SetInt(77)
		}
		if twin, ok := seen[name(k)]; ok || name(k) == name(key) {
			t.Errorf("%+v and %+v have one name", k, twin)
		}
		seen[name(k)] = k
	}
}

// Whatever a file has become, it is passed over and named, never believed: cut, a bit flipped, somebody else's text.
func TestDamagedFiles(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	if err := d.Append(key, part()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, filepath.FromSlash(name(key)))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const header = 10 // bytes: gzip's, of which its checksum says nothing
	rapid.Check(t, func(r *rapid.T) {
		damaged := append([]byte(nil), whole...)
		if rapid.Bool().Draw(r, "cut") {
			damaged = damaged[:rapid.IntRange(0, len(damaged)-1).Draw(r, "length")]
		} else {
			damaged[rapid.IntRange(header, len(damaged)-1).Draw(r, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit")
		}
		if err := os.WriteFile(path, damaged, 0o666); err != nil {
			r.Fatal(err)
		}
		d := open(t, dir)
		if got := d.Find(key); got != nil {
			r.Errorf("a damaged part is believed: %+v", got)
		}
		if bad := d.Bad(); len(bad) != 1 || !strings.Contains(bad[0], path) {
			r.Errorf("bad: %q", bad)
		}
	})
	other := key
	other.Seed++
	if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name(other))), whole, 0o666); err != nil {
		t.Fatal(err)
	}
	if d.Find(other) != nil {
		t.Error("another part is believed")
	}
	if err := d.Append(key, part()); err != nil || d.Find(key) == nil {
		t.Errorf("a damaged part cannot be written anew: %v", err)
	}
}

// Discard leaves what is not ours.
func TestDiscardLeavesOthers(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	if err := d.Append(key, part()); err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(dir, directory, "mine.gob.gz")
	if err := os.WriteFile(mine, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := d.Discard(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(mine); err != nil {
		t.Error(err)
	}
}
