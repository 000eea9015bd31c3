package scenarios

import (
	"bufio"
	"math"
	"os"
	"strings"
	"testing"
)

// Every random stream and every journal hangs on these: rows of testdata/hashes.txt are added, never changed.
func TestGoldenHashes(t *testing.T) {
	f, err := os.Open("testdata/hashes.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	known := map[string]bool{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, hash, _ := strings.Cut(lines.Text(), " ")
		known[name] = true
		s, err := Find(name)
		if err != nil {
			t.Error(err)
		} else if s.Hash() != hash {
			t.Errorf("%s has hash %s, it was %s", name, s.Hash(), hash)
		}
	}
	papers, err := Suite("papers")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(Catalogue(), papers...) {
		if !known[s.Name] {
			t.Errorf("%s has no row in testdata/hashes.txt: add %q", s.Name, s.Name+" "+s.Hash())
		}
	}
}

// The same for parts, in the place of the part that ridge-gd has: every name and a few with parameters, and Go types.
func TestGoldenPartHashes(t *testing.T) {
	text, err := os.ReadFile("testdata/part-hashes.txt")
	if err != nil {
		t.Fatal(err)
	}
	for row := range strings.Lines(string(text)) {
		hash, rest, _ := strings.Cut(strings.TrimSpace(row), " ")
		kind, spelling, _ := strings.Cut(rest, " ")
		s, err := Find("ridge-gd")
		if err != nil {
			t.Fatal(err)
		}
		switch kind {
		case "loss":
			s.Student.Loss, err = Named[Loss](spelling)
		case "activation":
			s.Student.Activation, err = Named[Activation](spelling)
		case "label":
			s.Teacher.Label, err = Named[Label](spelling)
		case "noise":
			s.Teacher.Noise, err = Named[Noise](spelling)
		case "weights":
			s.Teacher.Weights, err = Named[WeightLaw](spelling)
		case "covariance":
			s.Data.Covariance, err = Named[Covariance](spelling)
		case "learning_rate":
			method := *s.Method.Optimizer.(*SGD)
			method.LearningRate, err = Named[Schedule](spelling)
			s.Method.Optimizer = &method
		case "method":
			s.Method.Optimizer, err = Named[Optimizer](spelling)
		case "batch":
			s.Method.Batch, err = Named[Mask](spelling)
		default:
			t.Fatalf("a %s?", kind)
		}
		if err != nil || s.Hash() != hash {
			t.Errorf("%s %s has hash %s, it was %s: %v", kind, spelling, s.Hash(), hash, err)
		}
	}
	s, err := Find("ridge-gd")
	if err != nil {
		t.Fatal(err)
	}
	for hash, loss := range map[string]Loss{"e025f50d19413350": namelessLoss{}, "d0a43f7aed9e634b": &nestedLoss{}} {
		if s.Student.Loss = loss; s.Hash() != hash {
			t.Errorf("a %T has hash %s, it was %s", loss, s.Hash(), hash)
		}
	}
}

// Names, titles, dims, replicas and margins are no part of what a replica is; the seed and everything else is.
func TestHashIgnores(t *testing.T) {
	hash := func(change func(*Scenario)) string {
		s, err := Find("logistic-sgd")
		if err != nil {
			t.Fatal(err)
		}
		change(s)
		return s.Hash()
	}
	same := hash(func(*Scenario) {})
	for what, change := range map[string]func(*Scenario){
		"name":     func(s *Scenario) { s.Name = "other" },
		"title":    func(s *Scenario) { s.Title = "other" },
		"source":   func(s *Scenario) { s.Source = "A. Nonymous, 2020" },
		"dims":     func(s *Scenario) { s.Experiment.Dims = []int{100} },
		"replicas": func(s *Scenario) { s.Experiment.Replicas = 3 },
		"margin":   func(s *Scenario) { s.Experiment.Margin = 0.2 },
	} {
		if hash(change) != same {
			t.Errorf("the hash changes with the %s", what)
		}
	}
	for what, change := range map[string]func(*Scenario){
		"seed":  func(s *Scenario) { s.Experiment.Seed = 2 },
		"steps": func(s *Scenario) { s.Method.Steps++ },
		"alpha": func(s *Scenario) { s.Data.Alpha = math.Nextafter(s.Data.Alpha, 9) },
		"loss":  func(s *Scenario) { s.Student.Loss = namelessLoss{} },
	} {
		if hash(change) == same {
			t.Errorf("the hash does not change with the %s", what)
		}
	}
}
