package scenarios

// LinearRegression reports whether the scenario is linear regression: square loss on one linear student unit, labels of
// one linear teacher unit with Gaussian noise, whose variance is returned. Its limit has a closed form.
func (s *Scenario) LinearRegression() (noiseVariance float64, ok bool) {
	_, linear := s.Teacher.Label.(linearLabel)
	noise, gaussian := s.Teacher.Noise.(Gaussian)
	ok = s.Data.Mixture == nil && s.Data.Features == "" && s.Teacher.Units == 1 && s.Student.Square() && linear && gaussian
	return float64(noise * noise), ok
}
