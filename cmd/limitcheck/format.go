package main

// writable refuses a format that a terminal cannot show.
func (e *env) writable(format string) error {
	if format == "npz" && isTerminal(e.stdout) {
		return badInput("--format npz is binary, which a terminal cannot show: send it to a file, > rows.npz")
	}
	return nil
}
