package theory

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"limitcheck/scenarios"
)

// The suite "papers": what its sources publish, number by number. Numbers are as printed or stored there, and right to half
// a unit of their last digit.

// observables are a scenario's, by name, at each step.
func observables(t *testing.T, s *scenarios.Scenario) []map[string]float64 {
	t.Helper()
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	var rows []map[string]float64
	for _, values := range solve(t, s, Settings{Paths: 1 << 13}).Mean {
		row := map[string]float64{}
		for j, name := range s.Observables() {
			row[name] = values[j]
		}
		rows = append(rows, row)
	}
	return rows
}

func setRidge(s *scenarios.Scenario, ridge float64) {
	o, _ := s.Method.Minimizer()
	o.Ridge = ridge
}

// Their gamma is our ridge over alpha. The classifier's mean on a class is the overlap times the distance 2 of its clusters,
// its standard deviation √norm, and its accuracy on true classes Φ of their ratio.
func TestNoisyLabels(t *testing.T) {
	for _, c := range []struct{ gamma, mean, deviation, accuracy float64 }{
		{0.1, 0.193663, 1.043001, 0.573652},
		{1, 0.157146, 0.410254, 0.649157},
		{10, 0.065343, 0.089201, 0.768078},
	} {
		s := find(t, "noisy-labels")
		setRidge(s, c.gamma*s.Data.Alpha)
		row := observables(t, s)[0]
		mean, deviation := 2*row["overlap"], math.Sqrt(row["norm"])
		near(t, "mean", mean, c.mean, 1e-6)
		near(t, "deviation", deviation, c.deviation, 1e-6)
		near(t, "accuracy", distuv.UnitNormal.CDF(mean/deviation), c.accuracy, 1e-6)
	}
}

// α is given to 5e-5, of which q changes by at most 0.56 times as much.
func TestTwoClusters(t *testing.T) {
	for _, c := range []struct{ alpha, norm, testError, trainLoss float64 }{
		{0.0100, 0.013108, 0.392051, 0.000509},
		{0.4982, 0.284532, 0.105415, 0.001104},
		{0.9863, 0.376581, 0.093683, 0.008417},
		{1.4745, 0.301320, 0.063175, 0.024154},
		{1.9627, 0.239679, 0.041819, 0.035327},
		{2.4508, 0.207297, 0.030939, 0.042400},
		{2.9390, 0.188458, 0.024872, 0.047184},
	} {
		s := find(t, "two-clusters")
		s.Data.Alpha, s.Experiment.Dims = c.alpha, []int{10000, 20000, 40000} // at which αd is whole
		row := observables(t, s)[0]
		near(t, "norm", row["norm"], c.norm, 3e-5)
		near(t, "test error", row["test_error"], c.testError, 3e-5)
		near(t, "train loss", row["train_loss"], c.trainLoss, 3e-5)
	}
}

// For κ = 0.2 and γ² = 5 the maximum-likelihood estimate of a coefficient β is α⋆β plus Gaussian noise of standard deviation
// σ⋆, with (α⋆, σ⋆) = (1.4994, 4.7436). In our units overlap is α⋆γ² and norm α⋆²γ² + κσ⋆².
func TestMaximumLikelihood(t *testing.T) {
	const kappa, gamma2 = 0.2, 5
	row := observables(t, find(t, "maximum-likelihood"))[0]
	bias := row["overlap"] / gamma2
	near(t, "alpha", bias, 1.4994, 5e-5)
	near(t, "sigma", math.Sqrt((row["norm"]-bias*bias*gamma2)/kappa), 4.7436, 5e-5)
}

// R is half the norm; time is α times the step. Their numbers are of the differential equation, integrated with steps of
// 0.001, which is 1e-3 times the error of a step of 1. Ours at α = 0.1 and 0.2 differ from each other by 9e-5, an error of
// first order that cancels in 2R(0.1) − R(0.2). What is left is the rounding of theirs, 5e-6, and three standard errors
// of ours, 1e-5 each.
func TestClippedGradients(t *testing.T) {
	half := func(alpha float64) (r []float64) {
		s := find(t, "clipped-gradients")
		s.Data.Alpha, s.Method.Steps = alpha, int(math.Round(2/alpha))
		for _, row := range observables(t, s) {
			r = append(r, row["norm"]/2)
		}
		return r
	}
	fine, coarse := half(0.1), half(0.2)
	for _, c := range []struct {
		time int
		r    float64
	}{{0, 0.50000}, {1, 0.37002}, {2, 0.26737}} {
		near(t, "R", 2*fine[10*c.time]-coarse[5*c.time], c.r, 3.5e-5)
		t.Logf("R(%d) = %.6f and %.6f at the two alphas, published %.5f", c.time, fine[10*c.time], coarse[5*c.time], c.r)
	}
}

// The curve that PyTorch's documented rule makes is not heavy ball's once the rate has fallen: 1.053 and 0.816 at step 15,
// rounded.
func TestTorchMomentum(t *testing.T) {
	s := find(t, "torch-momentum")
	near(t, "velocity", observables(t, s)[15]["overlap"], 1.053, 5e-4)
	velocity := s.Method.Optimizer.(*scenarios.Velocity)
	s.Method.Optimizer = &scenarios.HeavyBall{LearningRate: velocity.LearningRate, Momentum: velocity.Momentum, Ridge: velocity.Ridge}
	near(t, "heavy ball", observables(t, s)[15]["overlap"], 0.816, 5e-4)
}
