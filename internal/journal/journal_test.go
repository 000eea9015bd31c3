package journal

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limitcheck/internal/machine"
	"limitcheck/montecarlo"
)

func key(i int) Key {
	return Key{Scenario: "tiny", Hash: "abc", Seed: 7, Dim: 16, Index: i, Engine: "dense"}
}

func replica(i int) *montecarlo.Replica {
	return &montecarlo.Replica{Dim: 16, Index: i, Engine: "dense", Seconds: 0.25, Controls: []float64{float64(i) / 3},
		Values: [][]float64{{1, math.Pi}, {math.Nextafter(1, 2), -math.SmallestNonzeroFloat64}}, Probes: []float64{1 / (1 + math.E), 0}}
}

func open(t *testing.T, dir string, mode Mode) *Journal {
	t.Helper()
	j, err := Open(dir, mode)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// written returns the bytes of a journal with n replicas.
func written(t *testing.T, n int) []byte {
	t.Helper()
	dir := t.TempDir()
	j := open(t, dir, New)
	for i := range n {
		if err := j.Append(key(i), replica(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func directory(t *testing.T, content []byte) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, fileName), content, 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestResumeReadsBackTheSameBits(t *testing.T) {
	j := open(t, directory(t, written(t, 5)), Resume)
	for i := range 5 {
		if diff := cmp.Diff(replica(i), j.Find(key(i))); diff != "" {
			t.Errorf("replica %d (-want +got):\n%s", i, diff)
		}
	}
	if j.Find(key(5)) != nil {
		t.Error("found a replica that was never written")
	}
}

func TestEveryPartOfTheKeyCounts(t *testing.T) {
	j := open(t, directory(t, written(t, 1)), Resume)
	for name, change := range map[string]func(*Key){
		"hash":    func(k *Key) { k.Hash = "abd" },
		"seed":    func(k *Key) { k.Seed++ },
		"dim":     func(k *Key) { k.Dim++ },
		"index":   func(k *Key) { k.Index++ },
		"engine":  func(k *Key) { k.Engine = "conditioning" },
		"float32": func(k *Key) { k.Float32 = true },
	} {
		k := key(0)
		change(&k)
		if j.Find(k) != nil {
			t.Errorf("%s: found under another key", name)
		}
	}
	k := key(0)
	k.Scenario = "renamed"
	if j.Find(k) == nil {
		t.Error("a name determines nothing, yet the replica was not found under another one")
	}
}

func TestModes(t *testing.T) {
	full := written(t, 3)
	dir := directory(t, full)
	_, err := Open(dir, New)
	var exists *ExistsError
	if !errors.As(err, &exists) || exists.Replicas != 3 {
		t.Fatalf("New on 3 replicas: %v", err)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, fileName)); !bytes.Equal(b, full) {
		t.Error("the refusal changed the file")
	}
	if j := open(t, dir, Fresh); j.Len() != 0 {
		t.Errorf("Fresh kept %d replicas", j.Len())
	} else {
		j.Close()
	}
	open(t, dir, New)
}

// A kill leaves some prefix of what would have been written. Whatever it is, the whole lines are found, the rest is cut
// off, and a resumed run ends with the bytes of an uninterrupted one.
func TestAnyTornLineIsRepaired(t *testing.T) {
	full := written(t, 3)
	rapid.Check(t, func(r *rapid.T) {
		cut := rapid.IntRange(0, len(full)).Draw(r, "cut")
		dir := directory(t, full[:cut])
		j, err := Open(dir, Resume)
		if err != nil {
			r.Fatal(err)
		}
		lines := bytes.Count(full[:cut], []byte("\n"))
		whole := max(0, lines-1) // the first is the header
		if j.Len() != whole {
			r.Fatalf("%d replicas, want %d", j.Len(), whole)
		}
		if want := cut - (bytes.LastIndexByte(full[:cut], '\n') + 1); j.Repaired() != want {
			r.Fatalf("repaired %d bytes, want %d", j.Repaired(), want)
		}
		for i := whole; i < 3; i++ {
			if err := j.Append(key(i), replica(i)); err != nil {
				r.Fatal(err)
			}
		}
		if err := j.Close(); err != nil {
			r.Fatal(err)
		}
		if b, _ := os.ReadFile(filepath.Join(dir, fileName)); !bytes.Equal(b, full) {
			r.Fatal("the resumed file differs from the uninterrupted one")
		}
	})
}

// Any change of one byte costs one line at most, or two that it joins: it is named, or stands under a key that nobody asks
// for, and everything else is used. It is left where it is.
func TestOneBadByteCostsOneLine(t *testing.T) {
	full := written(t, 3)
	rapid.Check(t, func(r *rapid.T) {
		at := rapid.IntRange(0, len(full)-1).Draw(r, "at")
		b := bytes.Clone(full)
		b[at] = rapid.Byte().Filter(func(x byte) bool { return x != full[at] }).Draw(r, "byte")
		dir := directory(t, b)
		j, err := Open(dir, Resume)
		if err != nil {
			r.Fatal(err)
		}
		line, lost := bytes.Count(full[:at], []byte("\n"))+1, 0
		for i := range 3 {
			got := j.Find(key(i))
			if got == nil {
				lost++
			} else if !cmp.Equal(got, replica(i)) {
				r.Fatalf("replica %d changed: %v", i, got)
			}
		}
		most := 1
		if full[at] == '\n' {
			most = 2
		}
		if lost > most {
			r.Fatalf("byte %d, in line %d, costs %d replicas", at, line, lost)
		}
		named := len(j.Bad()) > 0 && j.Bad()[0].Line == line
		if lost > 0 && j.Repaired() == 0 && !named && j.Len() < 3 {
			r.Fatalf("byte %d is in line %d: %v", at, line, j.Bad())
		}
		kept := int64(len(b) - j.Repaired())
		if err := errors.Join(j.Append(key(7), replica(7)), j.Close()); err != nil {
			r.Fatal(err)
		}
		if now, _ := os.ReadFile(filepath.Join(dir, fileName)); !bytes.Equal(now[:kept], b[:kept]) {
			r.Fatal("the bad line was changed")
		}
	})
}

func TestBadLinesAreNamed(t *testing.T) {
	lines := bytes.SplitAfter(written(t, 3), []byte("\n"))
	for content, reason := range map[string]string{
		"junk\n":                     "invalid character",
		`{"format":99}` + "\n":       "format 99, this limitcheck reads format 4",
		`{"format":4}` + "\n":        "no key",
		strings.Repeat("\x00", 5000): "invalid character",
	} {
		lines[2] = []byte(content)
		if !strings.HasSuffix(content, "\n") {
			lines[2] = append(lines[2], '\n')
		}
		j := open(t, directory(t, bytes.Join(lines, nil)), Resume)
		if j.Len() != 2 || len(j.Bad()) != 1 {
			t.Fatalf("%.20q: %d replicas, %v", content, j.Len(), j.Bad())
		}
		if got := j.Bad()[0].String(); !strings.Contains(got, fileName+":3: ") || !strings.Contains(got, reason) {
			t.Errorf("%.20q: got %s", content, got)
		}
		j.Close()
	}
}

// A line longer than any of ours is passed over without being held in memory.
func TestLongLines(t *testing.T) {
	full := written(t, 2)
	long := io.MultiReader(bytes.NewReader(full), io.LimitReader(zeros{}, maxLine+10), strings.NewReader("\n"), bytes.NewReader(full))
	done := map[string]*montecarlo.Replica{}
	found, err := read(long, "x", done, nil)
	if err != nil || len(done) != 2 || found.replicas != 4 || len(found.bad) != 1 || found.bad[0].Line != 4 {
		t.Errorf("%v: %d replicas, %v", err, found.replicas, found.bad)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// What is not ours is named and never touched, whatever Open is asked to do.
func TestForeignFilesAreLeft(t *testing.T) {
	for _, content := range []string{`{"my":"data"}`, `{"my":"data"}` + "\n", "a,b\n1,2\n", "\x00\x01", `{"format":3,"my":"data"}` + "\n",
		`{"format":4,"mine":1}` + "\n"} {
		for _, mode := range []Mode{New, Resume, Fresh} {
			dir := directory(t, []byte(content))
			_, err := Open(dir, mode)
			var foreign *ForeignError
			if !errors.As(err, &foreign) || !strings.Contains(err.Error(), fileName+" is none of limitcheck's") {
				t.Errorf("%q, mode %d: %v", content, mode, err)
			}
			if b, _ := os.ReadFile(filepath.Join(dir, fileName)); string(b) != content {
				t.Errorf("%q, mode %d: now %q", content, mode, b)
			}
		}
		j := open(t, t.TempDir(), New)
		if _, err := j.Include(directory(t, []byte(content))); !errors.As(err, new(*ForeignError)) {
			t.Errorf("%q merged: %v", content, err)
		}
	}
}

// A link is not followed, not even to a journal of ours.
func TestLinksAreNotFollowed(t *testing.T) {
	outside := directory(t, written(t, 1))
	for _, name := range []string{fileName, lockName} {
		dir := t.TempDir()
		if err := os.Symlink(filepath.Join(outside, fileName), filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
		for _, mode := range []Mode{New, Resume, Fresh} {
			if _, err := Open(dir, mode); !errors.As(err, new(*ForeignError)) {
				t.Errorf("%s, mode %d: %v", name, mode, err)
			}
		}
		if name == fileName {
			if _, err := open(t, t.TempDir(), New).Include(dir); !errors.As(err, new(*ForeignError)) {
				t.Errorf("merged: %v", err)
			}
		}
	}
	if b, _ := os.ReadFile(filepath.Join(outside, fileName)); !bytes.Equal(b, written(t, 1)) {
		t.Error("the file outside was changed")
	}
}

// Replicas that are no longer where they were written are not called finished.
func TestRemovedDirectoryIsNoticed(t *testing.T) {
	for name, harm := range map[string]func(dir string) error{
		"directory": os.RemoveAll,
		"file":      func(dir string) error { return os.Remove(filepath.Join(dir, fileName)) },
		"replaced": func(dir string) error {
			return errors.Join(os.Rename(dir, dir+".old"), os.MkdirAll(dir, 0o777), os.WriteFile(filepath.Join(dir, fileName), nil, 0o666))
		},
	} {
		dir := filepath.Join(t.TempDir(), "out")
		j := open(t, dir, New)
		if err := errors.Join(j.Append(key(0), replica(0)), j.Check()); err != nil {
			t.Fatal(err)
		}
		if err := harm(dir); err != nil {
			t.Fatal(err)
		}
		if err := j.Check(); err == nil || !strings.Contains(err.Error(), "removed or replaced") {
			t.Errorf("%s: the check says %v", name, err)
		}
		if err := j.Append(key(1), replica(1)); err == nil || !strings.Contains(err.Error(), "removed or replaced") {
			t.Errorf("%s: the next replica: %v", name, err)
		}
	}
}

// A header is written once, and says which kind of machine the replicas are from.
func TestHeader(t *testing.T) {
	full := written(t, 2)
	if !bytes.HasPrefix(full, encodeHeader()) || bytes.Count(full, encodeHeader()) != 1 {
		t.Errorf("%.200s", full)
	}
	other := bytes.Replace(full, []byte(machine.Kind()), []byte("abacus"), 1)
	j := open(t, directory(t, append(other, full...)), Resume)
	if got := j.Machines(); !slices.Equal(got, []string{"abacus", machine.Kind()}) || len(j.Bad()) > 0 {
		t.Errorf("machines %q, %v", got, j.Bad())
	}
	bare := bytes.TrimPrefix(full, encodeHeader()) // as written before there were headers
	if j := open(t, directory(t, bare), Resume); j.Len() != 2 || len(j.Bad()) > 0 {
		t.Errorf("without a header: %d replicas, %v", j.Len(), j.Bad())
	}
}

func TestNotANumberIsRefused(t *testing.T) {
	j := open(t, t.TempDir(), New)
	r := replica(0)
	r.Values[1][0] = math.NaN()
	if err := j.Append(key(0), r); err == nil || !strings.Contains(err.Error(), "d = 16") {
		t.Errorf("got %v", err)
	}
	if j.Len() != 0 {
		t.Error("the replica was kept")
	}
}

// After a failed write nothing is appended, so that no half line ends up in the middle of the file.
func TestFailedWriteIsFinal(t *testing.T) {
	j := open(t, t.TempDir(), New)
	if err := j.Append(key(0), replica(0)); err != nil {
		t.Fatal(err)
	}
	j.file.Close()
	if j.Append(key(1), replica(1)) == nil || j.Append(key(2), replica(2)) == nil {
		t.Error("an append to a closed file succeeded")
	}
	if j.Find(key(1)) != nil {
		t.Error("an unwritten replica is found")
	}
}

func TestOneRunADirectory(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, New)
	var locked *LockedError
	if _, err := Open(dir, Resume); !errors.As(err, &locked) {
		t.Fatalf("a second run: %v", err)
	}
	j.Close()
	open(t, dir, Resume)
}

func TestIncludeReadsShards(t *testing.T) {
	first, second := directory(t, written(t, 2)), t.TempDir()
	shard := open(t, second, New)
	for i := 1; i < 4; i++ { // replica 1 is in both
		if err := shard.Append(key(i), replica(i)); err != nil {
			t.Fatal(err)
		}
	}
	torn := filepath.Join(second, fileName)
	f, _ := os.OpenFile(torn, os.O_APPEND|os.O_WRONLY, 0)
	f.WriteString(`{"format":4,"key`)
	f.Close()
	before, _ := os.ReadFile(torn)

	j := open(t, t.TempDir(), New)
	for dir, want := range map[string]int{first: 2} {
		if n, err := j.Include(dir); n != want || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
	}
	if n, err := j.Include(second); n != 2 || err != nil { // while the shard still runs
		t.Fatalf("%d, %v", n, err)
	}
	for i := range 4 {
		if !cmp.Equal(j.Find(key(i)), replica(i)) {
			t.Errorf("replica %d", i)
		}
	}
	if after, _ := os.ReadFile(torn); !bytes.Equal(before, after) {
		t.Error("the shard's journal was changed")
	}
	merged := j.dir
	if err := errors.Join(j.Close(), os.RemoveAll(first), os.RemoveAll(second)); err != nil {
		t.Fatal(err)
	}
	j = open(t, merged, Resume)
	for i := range 4 {
		if !cmp.Equal(j.Find(key(i)), replica(i)) {
			t.Errorf("replica %d is lost with the shards", i)
		}
	}
	if _, err := j.Include(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no run directory") {
		t.Errorf("an empty directory: %v", err)
	}
}

// Replicas keep the kind of machine that they are from, whatever is merged or appended after them.
func TestIncludeKeepsKinds(t *testing.T) {
	elsewhere := t.TempDir()
	text := bytes.Replace(written(t, 2), []byte(`"machine":"`), []byte(`"machine":"far-`), 1)
	if err := os.WriteFile(filepath.Join(elsewhere, fileName), text, 0o666); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	j := open(t, dir, New)
	if _, err := j.Include(elsewhere); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(key(5), replica(5)); err != nil {
		t.Fatal(err)
	}
	j.Close()
	j = open(t, dir, Resume)
	if kinds := []string{"far-" + machine.Kind(), machine.Kind()}; !cmp.Equal(j.Machines(), kinds) && len(j.Machines()) != 2 {
		t.Errorf("kinds %v, expected %v", j.Machines(), kinds)
	}
	content, _ := os.ReadFile(filepath.Join(dir, fileName))
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	var headers []int
	for i, line := range lines {
		if strings.Contains(line, `"program":`) {
			headers = append(headers, i)
		}
	}
	if !cmp.Equal(headers, []int{0, 1, 4}) { // ours, theirs before their two replicas, ours again
		t.Errorf("headers stand in lines %v of\n%s", headers, content)
	}
}

func TestConcurrentAppends(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, New)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if err := j.Append(key(i), replica(i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	j.Close()
	if j := open(t, dir, Resume); j.Len() != 50 {
		t.Errorf("%d of 50 replicas", j.Len())
	}
}

// A real kill -9: the child appends until it dies. The lock goes with it and every replica that Append had confirmed is
// there.
func TestKill(t *testing.T) {
	if dir := os.Getenv("JOURNAL_TEST_DIR"); dir != "" {
		j, err := Open(dir, Resume)
		if err != nil {
			t.Fatal(err)
		}
		for i := j.Len(); ; i++ {
			if j.Append(key(i), replica(i)) != nil {
				return
			}
			os.Stdout.WriteString("+")
		}
	}
	dir := t.TempDir()
	confirmed := 0
	for round := range 3 {
		child := exec.Command(os.Args[0], "-test.run=^TestKill$")
		child.Env = append(os.Environ(), "JOURNAL_TEST_DIR="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		n, err := io.ReadFull(out, make([]byte, 10+37*round))
		if err != nil {
			t.Fatalf("the child confirmed %d replicas: %v", n, err)
		}
		child.Process.Kill()
		child.Wait()
		confirmed += n
	}
	j := open(t, dir, Resume)
	if j.Len() < confirmed {
		t.Errorf("%d replicas, of %d confirmed", j.Len(), confirmed)
	}
	for i := range j.Len() {
		if j.Find(key(i)) == nil {
			t.Fatalf("replica %d of %d is missing", i, j.Len())
		}
	}
}

// The reader never panics and never returns a replica from a line whose checksum is wrong.
func FuzzRead(f *testing.F) {
	line, err := encode(key(0), replica(0))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Add(line[:len(line)-1])
	f.Add([]byte("\n"))
	f.Add([]byte("{\"format\":3,\"check\":0,\"replica\":null}\n"))
	f.Add([]byte("\x00\x00\x00\n"))
	f.Add(slices.Concat(encodeHeader(), line, []byte("{\"my\":\"data\"}\n"), line[:20]))
	f.Fuzz(func(t *testing.T, b []byte) {
		done := map[string]*montecarlo.Replica{}
		found, err := read(bytes.NewReader(b), "x", done, nil)
		if err != nil {
			t.Fatal(err)
		}
		if int(found.whole)+len(found.torn) != len(b) {
			t.Errorf("%d + %d bytes of %d", found.whole, len(found.torn), len(b))
		}
		if lines := bytes.Count(b, []byte("\n")); found.replicas+len(found.bad) > lines || len(done) > found.replicas {
			t.Errorf("%d lines, %d replicas, %d of them different, %d bad", lines, found.replicas, len(done), len(found.bad))
		}
		for k, r := range done {
			if k == "" || r == nil {
				t.Errorf("replica %v under key %q", r, k)
			}
		}
	})
}
