package scenarios

import "limitcheck/internal/spec"

// An Error is what is wrong with a scenario: where, which key, and what would be accepted. It prints as one line,
// "path.yaml:12:3: method.ridge: must be ≥ 0, got -1".
type Error = spec.Error

// wrong is an Error about a key, still without a position.
func wrong(key, format string, args ...any) error { return spec.Wrong(key, format, args...) }
