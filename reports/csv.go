package reports

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"limitcheck/compare"
)

// curvesCSV has one row an observable and step: theory, the extrapolation to d = ∞, the correction a(t) (and b(t), the
// curvature, if the model has it: the mean at d is theory + a/d + b/d²), and the mean over replicas at each d with the
// standard deviation of one run; standard errors beside each.
func curvesCSV(c *compare.Comparison) []byte {
	var b bytes.Buffer
	b.WriteString("observable,step,theory,theory_se,extrapolated,extrapolated_se,correction,correction_se")
	curves := []compare.Curve{c.Theory, c.Extrapolated, c.Correction.First}
	if len(c.Correction.Second.Value) > 0 {
		b.WriteString(",curvature,curvature_se")
		curves = append(curves, c.Correction.Second)
	}
	for _, m := range c.Means {
		fmt.Fprintf(&b, ",mean_%d,mean_%d_se,sd_%d", m.Dim, m.Dim, m.Dim)
	}
	b.WriteByte('\n')
	for j, name := range c.Observables {
		for t, step := range c.Steps {
			fmt.Fprintf(&b, "%s,%d", name, step)
			for _, x := range curves {
				if len(x.Value) == 0 { // not fitted
					b.WriteString(",,")
					continue
				}
				fields(&b, x, t, j)
			}
			for _, m := range c.Means {
				fields(&b, m.Mean, t, j)
				field(&b, m.Deviation[t][j])
			}
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// probesCSV has one row an entry of each family of probes.
func probesCSV(families []compare.Family) []byte {
	var b bytes.Buffer
	b.WriteString("family,entry,theory,theory_se,extrapolated,extrapolated_se\n")
	for _, f := range families {
		for i, label := range f.Labels {
			fmt.Fprintf(&b, "%s,%q", f.Name, label) // a label holds commas, never quotes
			fields(&b, f.Theory, i, 0)
			fields(&b, f.Extrapolated, i, 0)
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// ratesCSV has the points of the convergence plot.
func ratesCSV(c *compare.Comparison) []byte {
	var b bytes.Buffer
	b.WriteString("rate,dim,value,value_se,fitted\n")
	for _, r := range []struct {
		name string
		rate *compare.Rate
	}{{"fluctuation", &c.Fluctuation}, {"bias", &c.Bias}} {
		for i, v := range r.rate.Values {
			fmt.Fprintf(&b, "%s,%d", r.name, r.rate.Dims[i])
			field(&b, v)
			field(&b, r.rate.Errors[i])
			fmt.Fprintf(&b, ",%t\n", r.rate.Resolved && !slices.Contains(r.rate.Dropped, r.rate.Dims[i]))
		}
	}
	return b.Bytes()
}

// fields writes a value and its standard error.
func fields(b *bytes.Buffer, c compare.Curve, t, j int) {
	field(b, c.Value[t][j])
	field(b, c.SE[t][j])
}

// field writes nine digits: far below any standard error here, and half the size of all seventeen.
func field(b *bytes.Buffer, x float64) {
	b.WriteByte(',')
	b.WriteString(strconv.FormatFloat(x, 'g', 9, 64))
}
