package journal

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"limitcheck/montecarlo"
)

// A replica of 50 steps and nine observables, as the suites have them.
func typical(i int) *montecarlo.Replica {
	r := replica(i)
	r.Values = make([][]float64, 51)
	for t := range r.Values {
		r.Values[t] = make([]float64, 9)
		for j := range r.Values[t] {
			r.Values[t][j] = 1 / float64(1+t+j+i)
		}
	}
	return r
}

func BenchmarkAppend(b *testing.B) {
	j, err := Open(b.TempDir(), New)
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	r := typical(0)
	for i := 0; b.Loop(); i++ {
		if err := j.Append(key(i), r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	dir := b.TempDir()
	j, err := Open(dir, New)
	if err != nil {
		b.Fatal(err)
	}
	const replicas = 1000
	for i := range replicas {
		if err := j.Append(key(i), typical(i)); err != nil {
			b.Fatal(err)
		}
	}
	j.Close()
	file, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		done := map[string]*montecarlo.Replica{}
		if _, err := read(bytes.NewReader(file), fileName, done, nil); err != nil || len(done) != replicas {
			b.Fatal(len(done), err)
		}
	}
}
