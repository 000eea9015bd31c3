package spec

// Records is a list of mappings.
func Records[T any](p *[]T, keys func(*T) Keys) Value { return &records[T]{p, keys} }

type records[T any] struct {
	p    *[]T
	keys func(*T) Keys
}

func (v *records[T]) read(n node) error {
	nodes, err := n.elements(maxList)
	if err != nil {
		return err
	}
	*v.p = make([]T, len(nodes))
	for i, e := range nodes {
		if err := v.keys(&(*v.p)[i]).read(e); err != nil {
			return err
		}
	}
	return nil
}

func (v *records[T]) check(path string) error {
	for i := range *v.p {
		if err := v.keys(&(*v.p)[i]).check(Indexed(path, i)); err != nil {
			return err
		}
	}
	return nil
}

func (v *records[T]) write(w *writer) any {
	if v.zero() {
		return nil
	}
	var list []any
	for i := range *v.p {
		list = append(list, v.keys(&(*v.p)[i]).write(w))
	}
	return list
}

func (v *records[T]) zero() bool { return len(*v.p) == 0 }

// Optional is a mapping that may be absent altogether.
func Optional[T any](p **T, keys func(*T) Keys) Value { return &optional[T]{p, keys} }

type optional[T any] struct {
	p    **T
	keys func(*T) Keys
}

func (v *optional[T]) read(n node) error {
	*v.p = new(T)
	return v.keys(*v.p).read(n)
}

func (v *optional[T]) check(path string) error {
	if *v.p == nil {
		return nil
	}
	return v.keys(*v.p).check(path)
}

func (v *optional[T]) write(w *writer) any {
	if *v.p == nil {
		return nil
	}
	return v.keys(*v.p).write(w)
}
func (v *optional[T]) zero() bool { return *v.p == nil }

// IfSet is a value that is written only where it is set.
func IfSet(v Value) Value { return ifSet{v} }

type ifSet struct{ Value }

// read refuses what is not set, if that is not in the value's range.
func (v ifSet) read(n node) error {
	if err := v.Value.read(n); err != nil || !v.zero() {
		return err
	}
	return n.d.Locate(v.Value.check(n.path))
}

func (v ifSet) check(path string) error {
	if v.zero() {
		return nil
	}
	return v.Value.check(path)
}

func (v ifSet) write(w *writer) any {
	if v.zero() {
		return nil
	}
	return v.Value.write(w)
}

func (v ifSet) set(x any) { v.Value.(settable).set(x) }
