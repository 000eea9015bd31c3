package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"limitcheck/compare"
	"limitcheck/internal/trials"
)

// A run that was killed in the middle of a line takes up where it was, and ends with the records of an uninterrupted one.
func TestResume(t *testing.T) {
	s := study{Scenario: "ridge-sgd", Steps: 2, Dims: []int{20, 40, 80}, Replicas: 4, Paths: 256}
	run := func(path string, n int) []byte {
		file, err := trials.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		records, err := s.complete(t.Context(), file, n)
		if err != nil {
			t.Fatal(err)
		}
		if len(records) != n {
			t.Fatalf("%d records, expected %d", len(records), n)
		}
		return calibrationReport([]calibrated{{s, records}})
	}
	dir := t.TempDir()
	whole := run(filepath.Join(dir, "whole"), 6)

	path := filepath.Join(dir, "torn")
	run(path, 3)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data[:len(data)-10], 0o666); err != nil {
		t.Fatal(err)
	}
	if resumed := run(path, 6); !bytes.Equal(resumed, whole) {
		t.Errorf("resumed:\n%s\nuninterrupted:\n%s", resumed, whole)
	}
	data, _ = os.ReadFile(path)
	if lines := bytes.Count(data, []byte("\n")); lines != 6 {
		t.Errorf("%d lines, expected 6: finished verifications were repeated", lines)
	}
}

// Every study is one that the engines accept, and no two share their records.
func TestStudies(t *testing.T) {
	var list []study
	for _, c := range calibrations() {
		list = append(list, c.study)
	}
	for _, s := range powers {
		s.ablated = make([]compare.Ablated, 1) // as it has some when it is run
		list = append(list, grid(s)...)
	}
	keys := map[string]study{}
	for _, s := range list {
		if _, err := s.scenario(1); err != nil {
			t.Errorf("%s: %v", s, err)
		}
		if other, ok := keys[s.key()]; ok {
			t.Errorf("%s and %s have the same key", s, other)
		}
		keys[s.key()] = s
	}
}
