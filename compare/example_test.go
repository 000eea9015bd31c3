package compare_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"limitcheck/compare"
)

// The share of heads among d coins, and its exponential, which is biased at finite d: numbers from anywhere, in plain
// slices.
func ExampleCompare() {
	rng := rand.New(rand.NewPCG(1, 1))
	var runs []compare.Run
	for _, d := range []int{100, 200, 400, 800} {
		for i := range 32 {
			heads := 0.0
			for range d {
				heads += float64(rng.IntN(2)) / float64(d)
			}
			runs = append(runs, compare.Run{Dim: d, Index: i, Values: [][]float64{{heads, math.Exp(heads)}}})
		}
	}
	theory := compare.Prediction{Name: "coins", Observables: []string{"heads", "exp"}, Mean: [][]float64{{0.5, math.Exp(0.5)}}}
	c, err := compare.Compare(theory, runs, compare.Settings{})
	if err != nil {
		fmt.Println(err)
		return
	}
	theory.Mean[0][1] = math.E / 2 // as if the two values of one coin were averaged
	wrong, _ := compare.Compare(theory, runs, compare.Settings{})
	fmt.Println(c.Verdict, wrong.Verdict)
	// Output: agrees disagrees
}
