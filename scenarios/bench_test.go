package scenarios

import (
	"math"
	"testing"
)

func BenchmarkGradients(b *testing.B) {
	const n = 4096
	r, g, y := [][]float64{make([]float64, n)}, [][]float64{make([]float64, n)}, make([]float64, n)
	for i := range y {
		r[0][i], y[i] = 4*math.Sin(float64(i)), signLabel{}.Label([]float64{math.Cos(float64(i))}, 0)
	}
	custom, err := Named[Loss](`{value: "log(1 + exp(-y*f))", gradient: "-y / (1 + exp(y*f))"}`)
	if err != nil {
		b.Fatal(err)
	}
	for _, loss := range []Loss{square{}, logistic{}, hinge{}, custom} {
		s := Student{Units: 1, Loss: loss, Activation: identity{}, OutputWeights: []float64{1}}
		model := s.Model()
		b.Run(Name(loss), func(b *testing.B) {
			for b.Loop() {
				model.Gradients(g, nil, r, nil, y)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/sample")
		})
	}
	b.Run("logistic-direct", func(b *testing.B) {
		for b.Loop() {
			for i, f := range r[0] {
				g[0][i] = -y[i] / (1 + math.Exp(y[i]*f))
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/sample")
	})
}

func BenchmarkQuantile(b *testing.B) {
	for _, spelling := range []string{"0.5", "{student_t: 3}"} {
		noise, err := Named[Noise](spelling)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(Name(noise), func(b *testing.B) {
			u := 0.0
			for b.Loop() {
				u += 0.001
				if u >= 1 {
					u = 0.0005
				}
				noise.Quantile(u)
			}
		})
	}
	mp := &marchenkoPastur{ratio: 0.5}
	b.Run("marchenko-pastur", func(b *testing.B) {
		u := 0.0
		for b.Loop() {
			u += 0.001
			if u >= 1 {
				u = 0.0005
			}
			mp.Quantile(u)
		}
	})
}

func BenchmarkTotalVariation(b *testing.B) {
	const n = 65536
	y, x := make([]float64, n), make([]float64, n)
	for i := range y {
		y[i] = math.Sin(float64(i*i)) + math.Floor(float64(i)/20)
	}
	for b.Loop() {
		copy(x, y)
		totalVariation(x, 0.3)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/entry")
}
