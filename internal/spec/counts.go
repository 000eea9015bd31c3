package spec

import (
	"maps"
	"slices"
	"strconv"

	"github.com/goccy/go-yaml/ast"
)

// Counts is a whole number in range for all of something that is numbered itself, or a mapping from some of those numbers,
// within keys, to theirs: 32, or {125: 200, 8000: 16}. What the mapping lacks has the number for all.
func Counts(all *int, some *map[int]int, keys, rule Interval) Value {
	return &counts{whole[int]{all, rule.Low, rule.High}, some, keys}
}

// An Interval is that of whole numbers from Low to High.
type Interval struct{ Low, High int }

type counts struct {
	whole[int]
	some *map[int]int
	keys Interval
}

func (v *counts) read(n node) error {
	var values []*ast.MappingValueNode
	switch a := n.Node.(type) {
	case *ast.MappingNode:
		values = a.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{a}
	default:
		if !n.isNumber() {
			return n.wrong("must be a whole number or a mapping such as {%d: %d}, got %s", v.keys.High, v.high, n.describe())
		}
		return v.whole.read(n)
	}
	if len(values) == 0 {
		return n.wrong("must have one entry at least")
	}
	*v.some = map[int]int{}
	for _, value := range values {
		var key, count int
		at := node{value.Key, n.path, n.d}
		if err := (&whole[int]{&key, v.keys.Low, v.keys.High}).read(at); err != nil {
			return err
		}
		at.path = join(n.path, strconv.Itoa(key))
		if _, twice := (*v.some)[key]; twice {
			return at.wrong("given twice")
		}
		n.d.keys[at.path] = position(value.Key)
		if err := (&whole[int]{&count, v.low, v.high}).read(n.child(at.path, value.Value)); err != nil {
			return err
		}
		(*v.some)[key] = count
	}
	return nil
}

func (v *counts) check(path string) error {
	if len(*v.some) == 0 {
		return v.whole.check(path)
	}
	if d := *v.p; d != 0 {
		if err := v.whole.check(path); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(*v.some)) {
		at := join(path, strconv.Itoa(key))
		if key < v.keys.Low || key > v.keys.High {
			return Wrong(at, "a key must be between %d and %d", v.keys.Low, v.keys.High)
		}
		count := (*v.some)[key]
		if err := (&whole[int]{&count, v.low, v.high}).check(at); err != nil {
			return err
		}
	}
	return nil
}

func (v *counts) write(w *writer) any {
	if len(*v.some) == 0 {
		return v.whole.write(w)
	}
	return maps.Clone(*v.some)
}
