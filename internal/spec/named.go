package spec

// Named is a mapping whose keys are names that the file chooses: entries of a list, each with its name and its value.
func Named[T any](p *[]T, name func(*T) *string, value func(*T) Value) Value {
	return &named[T]{p, name, value}
}

type named[T any] struct {
	p     *[]T
	name  func(*T) *string
	value func(*T) Value
}

func (v *named[T]) read(n node) error {
	order, nodes, err := n.entries("of its own")
	if err != nil {
		return err
	}
	*v.p = make([]T, len(order))
	for i, key := range order {
		*v.name(&(*v.p)[i]) = key
		if err := v.value(&(*v.p)[i]).read(nodes[key]); err != nil {
			return err
		}
	}
	return nil
}

func (v *named[T]) check(path string) error {
	for i := range *v.p {
		e := &(*v.p)[i]
		if err := v.value(e).check(join(path, *v.name(e))); err != nil {
			return err
		}
	}
	return nil
}

func (v *named[T]) write(w *writer) any {
	var out mapping
	for i := range *v.p {
		out = append(out, entry{*v.name(&(*v.p)[i]), v.value(&(*v.p)[i]).write(w)})
	}
	return out
}

func (v *named[T]) zero() bool { return len(*v.p) == 0 }

// NumberOr is a number within a rule, or a mapping in its place.
func NumberOr(p *float64, rule Rule, other Value) Value { return &numberOr{number{p, rule}, other} }

type numberOr struct {
	number
	other Value
}

func (v *numberOr) read(n node) error {
	if n.isMapping() {
		return v.other.read(n)
	}
	return v.number.read(n)
}

func (v *numberOr) check(path string) error {
	if !v.other.zero() {
		return v.other.check(path)
	}
	return v.number.check(path)
}

func (v *numberOr) write(w *writer) any {
	if !v.other.zero() {
		return v.other.write(w)
	}
	return v.number.write(w)
}

func (v *numberOr) zero() bool { return v.number.zero() && v.other.zero() }
