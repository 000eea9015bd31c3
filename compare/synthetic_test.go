package compare

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/stat/distuv"
)

// A synthetic experiment has a known truth: limit + a/d + b/d² + c/d³ + controls + AR(1) noise along the steps.
type synthetic struct {
	dims     []int
	replicas int
	most     int // at dims[0], if not 0
	steps    int // T
	names    []string
	ar       float64                 // correlation of the noise from one step to the next
	a, b, c  float64                 // size of the finite-size terms; they vary smoothly along the steps
	odd      float64                 // added to the smallest d alone, which is then outside any expansion in 1/d
	sigma    float64                 // noise at d = 1
	exponent float64                 // of the noise; 0: -1/2
	uneven   float64                 // the noise's variance is (1 + uneven/d)·d^(2·exponent)
	controls int                     // each explains as much variance as the noise has
	exact    bool                    // observable 0 at step 0 is a linear function of the controls, with the limit as its mean
	stubborn float64                 // observable 0 at step 1 has, beside the controls, only noise of this size at every d
	skew     bool                    // noise with the law of a centred exponential, not normal
	law      string                  // of a whole path's size: "t4" (Student's t with 4 degrees of freedom), "lognormal"; "": constant
	variance func(d float64) float64 // of the noise, times sigma²/d; nil: 1
	mean     func(d float64) float64 // a further finite-size term; it varies smoothly along the steps

	innovations int     // of each step
	square      float64 // of what they bring of order 1/d

	scramblings int     // of the theory; 0: exact
	theorySD    float64 // of one scrambling
	theoryLaw   string  // law for the theory
	offset      float64 // what the theory is wrong by, everywhere but at step 0
}

func usual() synthetic {
	return synthetic{dims: []int{250, 500, 1000, 2000}, replicas: 32, steps: 8, names: []string{"overlap", "norm"}, ar: 0.8,
		a: 3, sigma: 0.7, controls: 2}
}

func truth(t, o int) float64 { return (1 + 0.3*float64(o)) * (1 - 0.8*math.Exp(-float64(t+1)/4)) }

// shape of a finite-size term along the steps.
func shape(t, o, steps int) float64 {
	return math.Sin(2.5*float64(t+1)/float64(steps+1) + float64(o))
}

func (s synthetic) limit(rng *rand.Rand) Prediction {
	l := Prediction{Name: "synthetic", Observables: s.names}
	curve := func() [][]float64 {
		out := make([][]float64, s.steps+1)
		for t := range out {
			out[t] = make([]float64, len(s.names))
		}
		return out
	}
	l.Mean, l.StandardError = curve(), curve()
	for t := range l.Mean {
		for o := range s.names {
			l.Mean[t][o] = truth(t, o)
			if t > 0 {
				l.Mean[t][o] += s.offset
			}
		}
	}
	if s.scramblings == 0 {
		return l
	}
	r := float64(s.scramblings)
	for range s.scramblings {
		c := curve()
		noise := s.paths(rng, s.theoryLaw)
		for t := range c {
			for o := range c[t] {
				c[t][o] = l.Mean[t][o] + s.theorySD*noise[t][o]
				if s.exact && t == 0 && o == 0 {
					c[t][o] = l.Mean[t][o]
				}
			}
		}
		l.Replicates = append(l.Replicates, c)
	}
	for t := range l.Mean {
		for o := range l.Mean[t] {
			mean, ss := 0.0, 0.0
			for _, c := range l.Replicates {
				mean += c[t][o] / r
			}
			for _, c := range l.Replicates {
				ss += (c[t][o] - mean) * (c[t][o] - mean)
			}
			l.Mean[t][o], l.StandardError[t][o] = mean, math.Sqrt(ss/(r-1)/r)
		}
	}
	return l
}

// paths are AR(1) noise of unit variance, one path an observable, neighbouring observables half shared.
func (s synthetic) paths(rng *rand.Rand, law string) [][]float64 {
	normal, size := rng.NormFloat64, 1.0
	switch law {
	case "t4":
		size = 1 / math.Sqrt(rng.ExpFloat64()+rng.ExpFloat64()) // variance 1
	case "lognormal":
		size = math.Exp(0.8*rng.NormFloat64() - 0.64)
	}
	if s.skew {
		normal = func() float64 { return rng.ExpFloat64() - 1 }
	}
	x := make([][]float64, s.steps+1)
	for t := range x {
		x[t] = make([]float64, len(s.names))
		common := normal()
		for o := range x[t] {
			e := (common + normal()) / math.Sqrt2
			if t == 0 {
				x[t][o] = e
			} else {
				x[t][o] = s.ar*x[t-1][o] + math.Sqrt(1-s.ar*s.ar)*e
			}
		}
	}
	for _, row := range x {
		for o := range row {
			row[o] *= size
		}
	}
	return x
}

func (s synthetic) simulate(rng *rand.Rand) []Run {
	exponent := s.exponent
	if exponent == 0 {
		exponent = -0.5
	}
	var out []Run
	for _, dim := range s.dims {
		d := float64(dim)
		replicas := s.replicas
		if s.most > 0 && dim == s.dims[0] {
			replicas = s.most
		}
		for index := range replicas {
			r := Run{Dim: dim, Index: index}
			for range s.controls {
				r.Controls = append(r.Controls, rng.NormFloat64()/math.Sqrt(d))
			}
			noise, size, extra := s.paths(rng, s.law), s.sigma*math.Sqrt(1+s.uneven/d)*math.Pow(d, exponent), 0.0
			if s.variance != nil {
				size *= math.Sqrt(s.variance(d))
			}
			if s.mean != nil {
				extra = s.mean(d)
			}
			for range s.steps * min(1, s.innovations) {
				row := make([]float64, s.innovations)
				for j := range row {
					row[j] = rng.NormFloat64() / math.Sqrt(d)
					if s.skew {
						row[j] = (rng.ExpFloat64() - 1) / math.Sqrt(d)
					}
				}
				r.Innovations = append(r.Innovations, row)
			}
			for t, row := range noise {
				for o := range row {
					v := size * row[o]
					f := shape(t, o, s.steps)
					v += truth(t, o) + (s.a/d+s.b/d/d+s.c/d/d/d+extra)*f
					if dim == s.dims[0] {
						v += s.odd * f * math.Cos(2*float64(t))
					}
					if s.exact && t == 0 && o == 0 {
						v = truth(t, o)
					}
					if s.stubborn > 0 && t == 1 && o == 0 {
						v = truth(t, o) + s.stubborn*row[o]
					}
					for k, c := range r.Controls {
						v += s.sigma * c * math.Cos(float64(k+1)*float64(t)/5)
					}
					for u := range min(t, len(r.Innovations)) { // what happened at step u acts from u+1 on, and fades
						for j, c := range r.Innovations[u] {
							x := math.Pow(0.9, float64(t-u)) * math.Cos(float64(j+o))
							v += 2*s.sigma*x*c + s.square*x*(c*c-1/d)
						}
					}
					row[o] = v
				}
			}
			r.Values = noise
			out = append(out, r)
		}
	}
	return out
}

// draw is an experiment: the theory and the runs.
func (s synthetic) draw(seed uint64) (Prediction, []Run) {
	rng := rand.New(rand.NewPCG(seed, 1))
	return s.limit(rng), s.simulate(rng)
}

func (s synthetic) compare(seed uint64, set Settings) (*Comparison, error) {
	limit, replicas := s.draw(seed)
	set.Seed = seed
	return Compare(limit, replicas, set)
}

// many compares n synthetic experiments with seeds of their own.
func (s synthetic) many(t *testing.T, n int, set Settings) []*Comparison {
	t.Helper()
	return eachSeed(t, n, func(seed uint64) (*Comparison, error) { return s.compare(seed, set) })
}

// manyCurves is many, with onlyCurves.
func (s synthetic) manyCurves(t *testing.T, n int, set Settings) []*Comparison {
	t.Helper()
	return eachSeed(t, n, func(seed uint64) (*Comparison, error) {
		limit, runs := s.draw(seed)
		set := set
		set.Seed = seed
		return onlyCurves(limit, runs, set)
	})
}

// eachSeed calls f with the seeds 1 to n, on all cores.
func eachSeed(t *testing.T, n int, f func(seed uint64) (*Comparison, error)) []*Comparison {
	t.Helper()
	out, errs := make([]*Comparison, n), make([]error, n)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		group.Go(func() error {
			out[i], errs[i] = f(uint64(i + 1))
			return errs[i]
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	return out
}

// onlyCurves is a comparison without what takes most of the time and decides nothing: rates and finite-size correction.
func onlyCurves(p Prediction, runs []Run, set Settings) (*Comparison, error) {
	e, err := newEnsemble(&p, runs)
	if err != nil {
		return nil, err
	}
	if set, err = set.complete(p.Name); err != nil {
		return nil, err
	}
	th, err := e.target("the prediction", &p)
	if err != nil {
		return nil, err
	}
	a, err := newAnalysis(e, th, set)
	if err != nil {
		return nil, err
	}
	c := &Comparison{Name: p.Name, Level: set.Level}
	c.Test, _ = a.test()
	c.Verdict, c.Reason = c.decide(c.Joint(), set.Level)
	return c, nil
}

// count of the comparisons for which f holds.
func count(list []*Comparison, f func(c *Comparison) bool) (n int) {
	for _, c := range list {
		if f(c) {
			n++
		}
	}
	return n
}

// binomial reports whether k successes in n are within the central 99.9 % of a binomial law.
func binomial(k, n int, p float64) bool {
	b := distuv.Binomial{N: float64(n), P: p}
	return b.CDF(float64(k)) > 0.0005 && 1-b.CDF(float64(k-1)) > 0.0005
}
