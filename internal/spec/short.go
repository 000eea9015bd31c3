package spec

// Short is a mapping of which the value of the first key may stand in the place of the whole, and does where no other key
// is set.
func Short(keys Keys) Value { return &short{keys} }

type short struct{ keys Keys }

func (v *short) read(n node) error {
	if n.isMapping() {
		return v.keys.read(n)
	}
	return v.keys[0].Value.read(n)
}

func (v *short) check(path string) error {
	for _, k := range v.keys {
		at := join(path, k.Name)
		if v.alone() {
			at = path
		}
		if k.Value.zero() {
			continue
		}
		if err := k.Value.check(at); err != nil {
			return err
		}
	}
	return nil
}

// alone reports whether the first key is the only one that is set.
func (v *short) alone() bool {
	for _, k := range v.keys[1:] {
		if !k.Value.zero() {
			return false
		}
	}
	return true
}

func (v *short) write(w *writer) any {
	switch {
	case v.zero():
		return nil
	case v.alone():
		return v.keys[0].Value.write(w)
	}
	return v.keys.write(w)
}

func (v *short) zero() bool { return v.alone() && v.keys[0].Value.zero() }
