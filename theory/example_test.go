package theory_test

import (
	"context"
	"fmt"

	"limitcheck/scenarios"
	"limitcheck/theory"
)

// Where the limit has a closed form its errors are 0; WrongAlpha is one of the theories that are wrong on purpose.
func ExampleSolve() {
	s, err := scenarios.Find("ridge-gd")
	if err != nil {
		fmt.Println(err)
		return
	}
	right, err := theory.Solve(context.Background(), s, theory.Settings{})
	if err != nil {
		fmt.Println(err)
		return
	}
	last := len(right.Mean) - 1
	fmt.Printf("%s: %s %.4f ± %g at step %d\n", right.Source, right.Observables[0], right.Mean[last][0], right.StandardError[last][0], last)

	wrong, err := theory.Solve(context.Background(), s, theory.Settings{Ablation: theory.WrongAlpha, Paths: 4096})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %.3f\n", theory.WrongAlpha.Words(), wrong.Mean[last][0])
	// Output:
	// closed form: overlap 0.8138 ± 0 at step 50
	// $\alpha$ is 5 % too large: 0.823
}
