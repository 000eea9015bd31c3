package main

import (
	"errors"

	"limitcheck/internal/limits"
	"limitcheck/internal/machine"
	"limitcheck/internal/rundir"
	"limitcheck/scenarios"
)

// openParts opens the parts of limits that the run directory holds, and those to merge.
func (c *verifyCmd) openParts() (*limits.Directory, error) {
	parts, err := limits.Open(c.Out)
	if err != nil {
		return nil, err
	}
	if c.Fresh {
		err = parts.Discard()
	}
	for _, dir := range c.Merge {
		err = errors.Join(err, parts.Include(dir))
	}
	if err != nil {
		return nil, errors.Join(err, parts.Close())
	}
	return parts, nil
}

// begin makes the run directory tell of this run: run.json and the scenarios as they are with every default and flag.
func (v *verification) begin(list []scenarios.Member) error {
	var files []rundir.Scenario
	for _, m := range list {
		text, err := m.YAML()
		if err != nil {
			return err
		}
		files = append(files, rundir.Scenario{Name: m.Name, Text: text})
	}
	return rundir.Begin(v.cmd.Out, version(), plainArgs(v.args), files...)
}

// tellParts says how much of the theory was on file, and what of it could not be used.
func (v *verification) tellParts() {
	for _, text := range v.parts.Bad() {
		v.note("%s; it is passed over and computed again", text)
	}
	used, made := v.parts.Used(), v.parts.New()
	if used > 0 {
		v.note("%d of %d parts of the theory are reused", used, used+made)
	}
	for _, kind := range v.parts.Machines() {
		if kind != machine.Kind() {
			v.note("theory on file is from a machine of the kind %s, this one is %s: its last bits may differ", kind, machine.Kind())
		}
	}
}
