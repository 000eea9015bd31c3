package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
)

// summaryCSV is summary.csv: the outcome with one row a scenario, for spreadsheets. Keys that were set come after the
// name; numbers that do not exist are empty. The observable is the one whose bound is the largest in units of its margin,
// which is the one that decides. Nothing in it depends on times.
func summaryCSV(list []scenarioVerdict) ([]byte, error) {
	var keys []string
	for i := range list {
		for key := range list[i].Settings {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(slices.Concat([]string{"scenario"}, keys, []string{"verdict", "p", "p_decides", "observable", "bound", "margin", "scale",
		"usable_from", "fluctuation", "fluctuation_low", "fluctuation_high", "bias", "bias_low", "bias_high", "begins_step",
		"begins_observable", "fits", "wrong_rejected", "wrong_visible", "dims", "replicas", "hash", "error"}))
	for i := range list {
		v := &list[i]
		row := []string{v.Name}
		for _, key := range keys {
			text, err := settingCell(v.Settings, key)
			if err != nil {
				return nil, err
			}
			row = append(row, text)
		}
		w.Write(append(row, v.summary()...))
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// settingCell is a setting's value as JSON, text without its quotes; empty if it was not set.
func settingCell(settings map[string]any, key string) (string, error) {
	value, set := settings[key]
	if text, ok := value.(string); ok || !set {
		return text, nil
	}
	b, err := json.Marshal(value)
	return string(b), err
}

// summary is the row without the settings.
func (v *scenarioVerdict) summary() []string {
	var worst observableVerdict
	for i, o := range v.Observables {
		if i == 0 || o.Bound/o.Margin > worst.Bound/worst.Margin {
			worst = o
		}
	}
	if worst.Name == "" {
		worst = observableVerdict{Bound: none, Margin: none, Scale: none, UsableFrom: none}
	}
	row := []string{v.Verdict}
	row = append(row, cells(v.P, v.PDecides)...)
	row = append(row, worst.Name)
	row = append(row, cells(worst.Bound, worst.Margin, worst.Scale, worst.UsableFrom)...)
	row = append(row, cells(v.Rates.Fluctuation.Value, v.Rates.Fluctuation.Low, v.Rates.Fluctuation.High,
		v.Rates.Bias.Value, v.Rates.Bias.Low, v.Rates.Bias.High)...)
	step, observable := "", ""
	if v.Begins != nil {
		step, observable = strconv.Itoa(v.Begins.Step), v.Begins.Observable
	}
	var fits []string
	for _, d := range v.Diagnosis {
		fits = append(fits, d.Name)
	}
	rejected, visible := 0, 0
	for _, a := range v.Ablations {
		if a.Visible {
			visible++
			if a.Rejected {
				rejected++
			}
		}
	}
	return append(row, step, observable, strings.Join(fits, " "), strconv.Itoa(rejected), strconv.Itoa(visible),
		integers(v.Dims), integers(v.Replicas), v.Hash, v.Error)
}

func cells(values ...maybe) (texts []string) {
	for _, v := range values {
		text := ""
		if x := float64(v); !math.IsNaN(x) && !math.IsInf(x, 0) {
			text = strconv.FormatFloat(x, 'g', -1, 64)
		}
		texts = append(texts, text)
	}
	return texts
}

func integers(list []int) string {
	var texts []string
	for _, n := range list {
		texts = append(texts, strconv.Itoa(n))
	}
	return strings.Join(texts, " ")
}
