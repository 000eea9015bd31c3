package compare

const minRateDims = 3

func (a *analysis) fluctuation() Rate { return Rate{} }
func (a *analysis) bias() Rate        { return Rate{} }
