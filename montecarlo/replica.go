package montecarlo

// A Replica is one training run at finite d: the observables of scenario.Observables() at W_0 … W_T and control
// variates.
type Replica struct {
	Dim    int
	Index  int
	Engine string      // "dense" or "conditioning"
	Values [][]float64 // [t][observable]
	// Controls are statistics of the replica's draw whose exact mean is known and subtracted: each has mean 0 at every d
	// and standard deviation O(d^{-1/2}). ControlNames(scenario) names them.
	Controls []float64
	// Innovations are more of them, those of each step [t]; nil from an engine that cannot tell. InnovationNames(scenario)
	// names them.
	Innovations [][]float64
	Probes      []float64 // scenario.Probes(), in the order of its Families
	Seconds     float64   // wall time; not part of any statistic
}
