package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"limitcheck/scenarios"
)

// random is the name of the study whose every verification is of another combination of the family's parts.
const random = "random"

// combination draws a scenario, the same for the same seed, and draws again where the parts do not go together.
func combination(seed uint64) (*scenarios.Scenario, error) {
	rng := rand.New(rand.NewPCG(seed, 20))
	var err error
	for range 100 {
		var s *scenarios.Scenario
		if s, err = scenarios.Parse(random, []byte(draw(rng))); err == nil {
			return s, nil
		}
	}
	return nil, fmt.Errorf("combination %d: %w", seed, err)
}

// one of several words; a word may be there more than once.
func one[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }

// draw writes a scenario.
func draw(rng *rand.Rand) string {
	alpha := one(rng, 0.5, 0.8, 1, 1.5, 2, 3, 4)
	covariance := one(rng, "identity", "identity", "identity", "{values: [0.3, 1, 2], weights: [0.25, 0.5, 0.25]}", "{power_law: 0.6}",
		"{marchenko_pastur: 0.3}", "{ar1: 0.4}")
	students, teachers := one(rng, 1, 1, 1, 1, 2), one(rng, 1, 1, 1, 2)
	label, noise := one(rng, "linear", "sign", "tanh", "relu", "probit"), one(rng, 0, 0.2, 0.5)
	loss := one(rng, "square", "huber", "absolute")
	if label == "sign" || label == "probit" {
		loss = one(rng, "logistic", "hinge", "square", "huber")
	}
	if label == "probit" {
		noise = max(noise, 0.2)
	}
	activation := one(rng, "identity", "identity", "identity", "identity", "tanh", "erf")
	if students > 1 {
		activation = one(rng, "erf", "tanh", "relu")
	}
	var overlap []string
	for range students {
		var row []string
		for range teachers {
			row = append(row, fmt.Sprintf("%.2f", -0.3+0.8*rng.Float64()))
		}
		overlap = append(overlap, "["+strings.Join(row, ", ")+"]")
	}
	start := "[" + strings.Join(overlap, ", ") + "]"
	if students*teachers == 1 {
		start = strings.Trim(start, "[]")
	}
	return fmt.Sprintf(`name: random
data: {alpha: %g, covariance: %s}
teacher: {label: %s, noise: %g, units: %d, weights: %s}
student: {loss: %s, units: %d, activation: %s}
method: {%s}
init: {overlap: %s, norm: %g}
`, alpha, covariance, label, noise, teachers, one(rng, "gaussian", "gaussian", "{sparse: 0.3}"), loss, students, activation,
		method(rng, alpha), start, one(rng, 0.5, 1))
}

// method draws the keys of a method.
func method(rng *rand.Rand, alpha float64) string {
	kind := one(rng, "sgd", "sgd", "heavy-ball", "nesterov", "langevin", "ista", "fista", "spherical", "sign", "adam")
	rate := one(rng, 0.05, 0.1, 0.2)
	if alpha > 2 {
		rate /= 2
	}
	if kind == "sign" || kind == "adam" {
		rate = 0.05
	}
	keys := []string{"kind: " + kind, fmt.Sprintf("learning_rate: %g", rate), fmt.Sprintf("steps: %d", 5+rng.IntN(6))}
	switch kind {
	case "heavy-ball", "nesterov":
		keys = append(keys, fmt.Sprintf("momentum: %g", one(rng, 0.3, 0.6)))
	case "langevin":
		keys = append(keys, "temperature: 0.2")
	case "ista", "fista":
		keys = append(keys, fmt.Sprintf("l1: %g", one(rng, 0.1, 0.4)))
	}
	if kind != "spherical" {
		keys = append(keys, fmt.Sprintf("ridge: %g", one(rng, 0, 0.1, 0.5)))
	}
	if sampling := one(rng, "full", "bernoulli", "bernoulli", "fixed", "epoch", "persistent", "fresh"); sampling != "full" {
		batch := fmt.Sprintf("fraction: %g, sampling: %s", one(rng, 0.5, 0.25), sampling)
		if sampling == "persistent" {
			batch += ", on_time: 2"
		}
		keys = append(keys, "batch: {"+batch+"}")
	}
	return strings.Join(slices.Clip(keys), ", ")
}
