package tables

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npz"
	"github.com/google/go-cmp/cmp"
)

// npzFile writes arrays: name, value, name, value, …
func npzFile(t testing.TB, name string, arrays ...any) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	w, err := npz.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(arrays); i += 2 {
		if err := w.Write(arrays[i].(string)+".npy", arrays[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadRunsNpz(t *testing.T) {
	path := npzFile(t, "a.npz", "step", []float64{0, 2, 0, 2, 0, 2}, "dim", []int32{200, 200, 100, 100, 100, 100},
		"replica", []uint8{0, 0, 1, 1, 0, 0}, "overlap", []float64{0.25, 0.5, 0.125, -1e-3, 0.375, 0.0625},
		"norm", []float32{1, 2, 1, 4, 1, 3}, "weights", [][]float64{{math.NaN()}, {0}})
	got, err := ReadRuns([]string{path}, nil, func(name string) bool { return name != "weights" })
	want := *someRuns
	want.Rounding, want.Ignored = []Rounding{{}, {Float32: true}}, []string{"weights"}
	if diff := cmp.Diff(&want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestReadKernels(t *testing.T) {
	nan := math.NaN()
	path := npzFile(t, "a.npz", "R_p", [][]float64{{0, nan}, {-0.1, 0}}, "R_p_se", [][]float64{{0, 0}, {1e-3, 0}})
	got, err := ReadTheory(path, nil)
	want := &Theory{Kernels: Kernels{WeightResponse: &Kernel{Times: 2, Units: 1, Values: []float64{0, nan, -0.1, 0}, Errors: []float64{0, 0, 1e-3, 0}}}}
	if diff := cmp.Diff(want, got, cmp.Comparer(sameBits)); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	k := &Kernel{Times: 3, Units: 2}
	if at := k.At(1, 2, 0, 1); at != 1*12+2*4+0*2+1 {
		t.Error(at)
	}
	path = npzFile(t, "a.npz", "C", [][]float64{{1, 0.5}, {0.5, 2}}, "step", []int64{0, 1}, "overlap", []float64{0, 1})
	if got, err = ReadTheory(path, nil); err != nil || got.Kernels.Correlation.Values[1] != 0.5 || got.Mean[1][0] != 1 {
		t.Error(got, err)
	}
}

func TestWrongArrays(t *testing.T) {
	keys := []any{"dim", []int32{5, 5}, "replica", []int32{0, 0}, "step", []int32{0, 1}}
	for _, test := range []struct {
		arrays []any
		want   string
	}{
		{append(keys, "overlap", []float64{1, math.NaN()}), "a.npz: row 1: overlap: a finite number is expected, got NaN"},
		{append(keys, "overlap", []float64{1, 2, 3}), "a.npz: array overlap has 3 rows, dim 2"},
		{append(keys, "overlap", [][]float64{{1, 2}, {3, 4}}), "a.npz: array overlap: its shape is [2 2]; one number a row is expected, such as shape (1000,)"},
		{append(keys, "overlap", []complex128{1, 2}), `a.npz: array overlap: its dtype is "<c16"; a float64, float32 or integer one is expected`},
		{append(keys, "overlap", []string{"a", "b"}), `a.npz: array overlap: its dtype is "<U1"; a float64, float32 or integer one is expected`},
		{append(keys, "overlap", 1.5), "a.npz: array overlap: its shape is []; one number a row is expected, such as shape (1000,)"},
		{append(keys, "overlap", []float64{1, 2}, "overlap", []float64{1, 2}), "a.npz: two arrays are called overlap"},
		{append(keys[2:], "overlap", []float64{1, 2}), "a.npz: column dim is missing: a runs file has dim, replica, step and any observables, this one has replica, step, overlap"},
		{[]any{"dim", []int32{5, 5}, "replica", []int32{0, 0}, "step", []int32{0, 0}, "overlap", []float64{1, 2}}, "a.npz: row 1: dim 5, replica 0, step 0 comes twice, here and at row 0"},
		{[]any{"dim", []int32{5, 5}, "replica", []int32{0, 0}, "step", []float64{0, 0.5}, "overlap", []float64{1, 2}}, "a.npz: row 1: step: a whole number from 0 to 2147483647 is expected, got 0.5"},
	} {
		path := npzFile(t, "a.npz", test.arrays...)
		_, err := ReadRuns([]string{path}, nil, nil)
		expectError(t, err, filepath.Dir(path), test.want)
	}
	for _, test := range []struct {
		arrays []any
		want   string
	}{
		{[]any{"R_p", [][]float64{{0, -0.1}, {0, 0}}}, "a.npz: array R_p: R_p[0, 1] is -0.1; 0 is expected, as nothing responds to what is still to come (is it transposed?)"},
		{[]any{"C", [][]float64{{1, 0.5}, {0.4, 1}}}, "a.npz: array C: C[0, 1] is 0.5; a correlation is symmetric, and the mirror entry is 0.4"},
		{[]any{"R_g", [][]float64{{1, 0, 0}, {1, 1, 0}}}, "a.npz: array R_g: its shape is [2 3]; (T, T), or (T, T, K, K) for K units, is expected"},
		{[]any{"R_g_se", [][]float64{{1}}}, "a.npz: array R_g_se is the standard error of R_g, which is not there"},
		{[]any{"C", [][]float64{{1}, {1}}, "C_se", [][]float64{{1}, {1}}}, "a.npz: array C: its shape is [2 1]; (T, T), or (T, T, K, K) for K units, is expected"},
		{[]any{"C", [][]float64{{math.Inf(1), 0}, {0, 0}}}, "a.npz: array C: a finite number is expected, got +Inf at entry 0"},
		{[]any{"C", [][]float64{{1, 0}, {0, 1}}, "C_se", [][]float64{{-1, 0}, {0, 1}}}, "a.npz: array C_se: a standard error is not negative, got -1"},
	} {
		path := npzFile(t, "a.npz", test.arrays...)
		_, err := ReadTheory(path, nil)
		expectError(t, err, filepath.Dir(path), test.want)
	}
}

// rawArray is an array with a header of one's own.
func rawArray(header string, data int) []byte {
	b := []byte("\x93NUMPY\x01\x00")
	b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

// Archives that were made to do harm are refused, by their headers where that can be, and take no memory.
func TestHostileArchives(t *testing.T) {
	const good = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n"
	big := rawArray(good, 16)
	copy(big[6:], "\x02\x00\xff\xff\xff\xff") // version 2, whose length has four bytes
	third := rawArray(good, 16)
	third[6] = 3
	for _, test := range []struct {
		array []byte
		want  string
	}{
		{nil, "it does not begin as NumPy's arrays do"},
		{[]byte("hello, world, here I am"), "it does not begin as NumPy's arrays do"},
		{rawArray("", 0), "it does not begin as NumPy's arrays do"},
		{rawArray("no line end", 0), "its header cannot be read"},
		{rawArray("{'shape': (2,), 'descr': '<f8', 'fortran_order': False}\n", 16), "its header cannot be read"},
		{rawArray("{'descr': '<f8', 'fortran_order': False, 'shape': (-2,), }\n", 16), "its shape is [-2] and its data 16 bytes, which do not fit together"},
		{rawArray("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }\n", 16), "its shape is [1000000000000] and its data 16 bytes, which do not fit together"},
		{rawArray("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }\n", 0), "its shape is [4294967296 4294967296] and its data 0 bytes, which do not fit together"},
		{rawArray("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }\n", 16), `its dtype is "|O"; a float64, float32 or integer one is expected`},
		{rawArray("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2,), }\n", 16), `its dtype is "[('a', '<f8')]"; a float64, float32 or integer one is expected`},
		{rawArray(good, 15), "its shape is [2] and its data 15 bytes, which do not fit together"},
		{rawArray(good, 17), "its shape is [2] and its data 17 bytes, which do not fit together"},
		{rawArray(strings.Repeat(" ", 60000)+good, 16), "its header takes 60068 bytes"},
		{big, "its header takes 2147483659 bytes"},
		{third, "version 3 of NumPy's format is not known"},
		{rawArray(good, 16)[:20], "it ends within its header"},
	} {
		path := filepath.Join(t.TempDir(), "a.npz")
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, _ := z.Create("step.npy")
		w.Write(test.array)
		z.Close()
		if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := ReadTheory(path, nil)
		expectError(t, err, filepath.Dir(path), "a.npz: array step: "+test.want)
	}
}

// A few hundred bytes that say to be a gigabyte of numbers are refused by what these would take, and where that is
// allowed, by the data.
func TestZipBomb(t *testing.T) {
	const n = 1 << 27
	array := rawArray(fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }\n", n), 8)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"step.npy", "overlap.npy"} {
		w, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Store, UncompressedSize64: uint64(len(array)) + 8*(n-1),
			CompressedSize64: uint64(len(array)), CRC32: crc32.ChecksumIEEE(array)})
		if err != nil {
			t.Fatal(err)
		}
		w.Write(array)
	}
	z.Close()
	path := filepath.Join(t.TempDir(), "a.npz")
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	refused := func(want string) {
		if allocated := allocates(func() {
			_, err := ReadTheory(path, nil)
			expectError(t, err, filepath.Dir(path), want)
		}); allocated > 8<<20 {
			t.Errorf("%d bytes were taken", allocated)
		}
	}
	refused("a.npz: 134217728 rows of 1 are more than 2048 MiB of numbers, which is refused")
	defer func(was int64) { mostBytes = was }(mostBytes)
	mostBytes = 1 << 40
	refused("a.npz: array step: unexpected EOF")
}

// allocates is how many bytes a function asks for in all.
func allocates(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Data that were changed on the way are noticed by the archive's checksum.
func TestDamagedArchive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npz")
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range map[string][]byte{"step.npy": rawArray("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n", 8)} {
		w, _ := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		w.Write(text)
	}
	w, _ := z.CreateHeader(&zip.FileHeader{Name: "overlap.npy", Method: zip.Store})
	w.Write(rawArray("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n", 8))
	z.Close()
	i := bytes.LastIndex(b.Bytes(), []byte("}\n\x00")) + 2
	b.Bytes()[i] = 1
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := ReadTheory(path, nil)
	expectError(t, err, filepath.Dir(path), "a.npz: array overlap: its data are damaged: zip: checksum error")
}

// pythonWith finds a Python that has NumPy, or skips the test by name.
func pythonWith(t *testing.T) string {
	for _, name := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(name, "-c", "import numpy").Run() == nil {
			return name
		}
	}
	t.Skip("no python3 with numpy on this machine")
	return ""
}

// Arrays as NumPy writes them are read, whatever their dtype, byte order and layout; and NumPy reads ours.
func TestNumPy(t *testing.T) {
	python := pythonWith(t)
	dir := t.TempDir()
	script := `
import numpy as np
step = np.arange(3)
keys = dict(dim=np.full(3, 100), replica=np.zeros(3, np.uint16), step=step.astype(">i4"))
np.savez_compressed("runs.npz", **keys, overlap=step / 8, norm=(step / 8).astype(">f8"), loss=(step / 8).astype(np.float32), strided=np.arange(6)[::2])
T, K = 3, 2
kernel = np.zeros((T, T, K, K))
for t in range(T):
    for s in range(t + 1):
        for k in range(K):
            for l in range(K):
                kernel[t, s, k, l] = 1000 * t + 100 * s + 10 * k + l
np.savez("kernels.npz", R_g=np.asfortranarray(kernel), R_p=kernel)
ours = np.load("ours.npz")
assert sorted(ours) == ["dim", "label", "overlap"], sorted(ours)
assert ours["dim"].dtype == np.int64 and ours["overlap"].dtype == np.float64
assert list(ours["dim"]) == [1, 2] and list(ours["label"]) == ["a", "bcd"]
assert ours["overlap"][0] == 0.1 and np.isnan(ours["overlap"][1])
assert ours["dim"].shape == (2,)
`
	ours, err := os.Create(filepath.Join(dir, "ours.npz"))
	if err != nil {
		t.Fatal(err)
	}
	w := NewWriter(ours, "npz", "dim", "label", "overlap")
	w.Row(1, "a", 0.1)
	w.Row(2, "bcd", math.NaN())
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	ours.Close()
	run := exec.Command(python, "-")
	run.Dir, run.Stdin = dir, strings.NewReader(script)
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, err := ReadRuns([]string{filepath.Join(dir, "runs.npz")}, nil, nil)
	want := &Runs{
		Observables: []string{"overlap", "norm", "loss", "strided"}, Steps: []int{0, 1, 2},
		Replicas: []Replica{{100, 0, []float64{0, 0, 0, 0, 0.125, 0.125, 0.125, 2, 0.25, 0.25, 0.25, 4}}},
		Rounding: []Rounding{{}, {}, {Float32: true}, {}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	theory, err := ReadTheory(filepath.Join(dir, "kernels.npz"), nil)
	if err != nil {
		t.Fatal(err)
	}
	k := theory.Kernels.GradientResponse
	if diff := cmp.Diff(theory.Kernels.WeightResponse, k); diff != "" {
		t.Error(diff)
	}
	for s := range 3 {
		for i := range 2 {
			if got, want := k.Values[k.At(2, s, i, 1)], float64(2000+100*s+10*i+1); got != want {
				t.Errorf("R_g[2, %d, %d, 1] is %g, want %g", s, i, got, want)
			}
		}
	}
}
