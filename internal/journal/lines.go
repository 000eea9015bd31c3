package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"

	"limitcheck/internal/machine"
	"limitcheck/montecarlo"
)

// maxLine bounds a line. A replica of a hundred thousand steps has some ten megabytes.
const maxLine = 256 << 20

// A line is a replica, or the header.
type line struct {
	Format  int             `json:"format"`
	Key     string          `json:"key"`
	Check   uint32          `json:"check"`
	Replica json.RawMessage `json:"replica"`

	Program string `json:"program"` // of the header alone
	Machine string `json:"machine"`
}

// A header is the first line: whose file this is, and the kind of machine that its replicas are from.
type header struct {
	Format  int    `json:"format"`
	Program string `json:"program"`
	Machine string `json:"machine"`
}

const program = "limitcheck"

// record is a replica as a line holds it.
type record struct {
	Scenario    string      `json:"scenario"`
	Dim         int         `json:"dim"`
	Index       int         `json:"replica"`
	Seed        uint64      `json:"seed"`
	Engine      string      `json:"engine"`
	Seconds     float64     `json:"seconds"`
	Controls    []float64   `json:"controls"`
	Innovations [][]float64 `json:"innovations,omitempty"` // absent in journals of programs that did not know them
	Values      [][]float64 `json:"values"`
	Probes      []float64   `json:"probes"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func encodeHeader() []byte {
	b, err := json.Marshal(header{Format, program, machine.Kind()})
	if err != nil {
		panic(err) // strings and a number
	}
	return append(b, '\n')
}

func encode(k Key, r *montecarlo.Replica) ([]byte, error) {
	raw, err := json.Marshal(record{
		k.Scenario, r.Dim, r.Index, k.Seed, r.Engine, r.Seconds, r.Controls, r.Innovations, r.Values, r.Probes,
	})
	if err != nil { // not a number
		return nil, fmt.Errorf("replica %d at d = %d of %s cannot be stored: %w", r.Index, r.Dim, k.Scenario, err)
	}
	if len(raw) > maxLine-1000 {
		return nil, fmt.Errorf("replica %d at d = %d of %s cannot be stored: it has %d bytes, and a line has %d at most",
			r.Index, r.Dim, k.Scenario, len(raw), maxLine)
	}
	b, err := json.Marshal(struct {
		Format  int             `json:"format"`
		Key     string          `json:"key"`
		Check   uint32          `json:"check"`
		Replica json.RawMessage `json:"replica"`
	}{Format, hash(k), crc32.Checksum(raw, castagnoli), raw})
	return append(b, '\n'), err
}

// decode reads a line that is not the header.
func (l *line) decode() (*montecarlo.Replica, error) {
	if l.Format != Format {
		return nil, fmt.Errorf("format %d, this limitcheck reads format %d", l.Format, Format)
	}
	if crc32.Checksum(l.Replica, castagnoli) != l.Check {
		return nil, errors.New("the checksum does not match: the line was changed after it was written")
	}
	if l.Key == "" {
		return nil, errors.New("no key")
	}
	var rec record
	if err := json.Unmarshal(l.Replica, &rec); err != nil {
		return nil, err
	}
	return &montecarlo.Replica{
		Dim: rec.Dim, Index: rec.Index, Engine: rec.Engine, Seconds: rec.Seconds,
		Controls: rec.Controls, Innovations: rec.Innovations, Values: rec.Values, Probes: rec.Probes,
	}, nil
}
