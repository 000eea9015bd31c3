package reports

import "limitcheck/scenarios"

// observableSymbol is the formula of an observable on an axis.
func observableSymbol(name string) string { return scenarios.Observed(name).Symbol }

// observableLabel is the name of an observable in words.
func observableLabel(name string) string { return scenarios.Observed(name).Words }

func isOverlap(name string) bool { return scenarios.Observed(name).Kind == scenarios.OverlapEntry }

func isNorm(name string) bool { return scenarios.Observed(name).Kind == scenarios.NormEntry }
