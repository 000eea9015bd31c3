package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"limitcheck/montecarlo"
)

// A CorruptError is a line of a journal that no kill can explain.
type CorruptError struct {
	Path   string
	Line   int // from 1
	Reason string
}

// Error names the file and the line.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Reason)
}

type line struct {
	Format  int             `json:"format"`
	Key     string          `json:"key"`
	Check   uint32          `json:"check"`
	Replica json.RawMessage `json:"replica"`
}

type record struct {
	Scenario string      `json:"scenario"`
	Dim      int         `json:"dim"`
	Index    int         `json:"replica"`
	Seed     uint64      `json:"seed"`
	Engine   string      `json:"engine"`
	Seconds  float64     `json:"seconds"`
	Controls []float64   `json:"controls"`
	Values   [][]float64 `json:"values"`
	Probes   []float64   `json:"probes"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func encode(k Key, r *montecarlo.Replica) ([]byte, error) {
	raw, err := json.Marshal(record{k.Scenario, r.Dim, r.Index, k.Seed, r.Engine, r.Seconds, r.Controls, r.Values, r.Probes})
	if err != nil { // not a number
		return nil, fmt.Errorf("replica %d at d = %d of %s cannot be stored: %w", r.Index, r.Dim, k.Scenario, err)
	}
	b, err := json.Marshal(line{Format, hash(k), crc32.Checksum(raw, castagnoli), raw})
	return append(b, '\n'), err
}

func decode(b []byte) (key string, r *montecarlo.Replica, err error) {
	var l line
	if err := json.Unmarshal(b, &l); err != nil {
		return "", nil, err
	}
	if l.Format != Format {
		return "", nil, fmt.Errorf("format %d, this limitcheck reads format %d", l.Format, Format)
	}
	if crc32.Checksum(l.Replica, castagnoli) != l.Check {
		return "", nil, errors.New("the checksum does not match: the line was changed after it was written")
	}
	if l.Key == "" {
		return "", nil, errors.New("no key")
	}
	var rec record
	if err := json.Unmarshal(l.Replica, &rec); err != nil {
		return "", nil, err
	}
	return l.Key, &montecarlo.Replica{Dim: rec.Dim, Index: rec.Index, Engine: rec.Engine,
		Seconds: rec.Seconds, Controls: rec.Controls, Values: rec.Values, Probes: rec.Probes}, nil
}

// read adds the replicas of a journal to done, where the first of equal keys wins. It returns the length of the whole
// lines and that of the torn one behind them.
func read(r io.Reader, path string, done map[string]*montecarlo.Replica) (whole int64, torn int, err error) {
	lines := bufio.NewReaderSize(r, 1<<16)
	for n := 1; ; n++ {
		b, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return whole, len(b), nil
		}
		if err != nil {
			return whole, 0, err
		}
		key, replica, err := decode(bytes.TrimSuffix(b, []byte("\n")))
		if err != nil {
			return whole, 0, &CorruptError{path, n, err.Error()}
		}
		if done[key] == nil {
			done[key] = replica
		}
		whole += int64(len(b))
	}
}
