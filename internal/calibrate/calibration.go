package main

import (
	"context"
	"strings"

	"limitcheck/internal/trials"
)

// A calibration is a study and how often it is repeated.
type calibration struct {
	study
	runs int
}

var (
	small = []int{100, 200, 400, 800}
	wide  = []int{160, 320, 640, 1280, 2560}
)

// calibrations: four kinds of problem on a short ladder, where the finite-size model has to work hard, and one at the
// settings that verify has by default (with fewer paths in the theory, whose error is drawn anew each time). Then random
// combinations of the family, another one each time: what holds for four problems need not hold off the catalogue.
func calibrations() []calibration {
	return []calibration{
		{study{Scenario: "ridge-sgd", Steps: 10, Dims: small, Replicas: 16, Paths: 4096, Probes: true}, 400},
		{study{Scenario: "logistic-sgd", Steps: 10, Dims: small, Replicas: 16, Paths: 4096, Probes: true}, 400},
		{study{Scenario: "hinge-gd", Steps: 15, Dims: small, Replicas: 16, Paths: 4096, Probes: true}, 400},
		{study{Scenario: "committee-erf", Steps: 8, Dims: small, Replicas: 16, Paths: 4096}, 400},
		{study{Scenario: "hinge-gd", Steps: 50, Dims: []int{250, 500, 1000, 2000}, Replicas: 32, Paths: 16384}, 50},
		{study{Scenario: random, Dims: wide, Replicas: 16, Paths: 4096}, 200},
	}
}

type calibrationCmd struct{ output }

func (c *calibrationCmd) Run(ctx context.Context) error {
	file, err := trials.Open(c.Log)
	if err != nil {
		return err
	}
	defer file.Close()
	var results []calibrated
	for _, study := range calibrations() {
		if !strings.Contains(study.String(), c.Only) {
			continue
		}
		records, err := study.study.complete(ctx, file, study.runs)
		if err != nil {
			return err
		}
		results = append(results, calibrated{study.study, records})
	}
	if c.Only != "" {
		return nil
	}
	return c.write(calibrationReport(results))
}

// A calibrated study has been run.
type calibrated struct {
	study
	records []trials.Trial
}
