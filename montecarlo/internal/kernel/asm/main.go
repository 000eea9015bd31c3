// Command kernelasm generates the vector instructions of package kernel. Its dependencies are its own: this directory
// is a module apart.
//
//	go run . -out ../kernel_amd64.s -stubs ../stubs_amd64.go -pkg kernel
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An isa is one vector width.
type isa struct {
	name  string
	bytes int
	vec   func() reg.VecVirtual
}

// A kind says how rows are stored and in what precision they are multiplied and added up, over the lanes of a dot
// product and over the rows of a linear update; beyond that everything is float64.
type kind struct {
	name           string
	storage, arith int   // bytes of an element
	rows           []int // how many rows at a time
}

var (
	isas  = []isa{{"AVX2", 32, YMM}, {"AVX512", 64, ZMM}}
	kinds = []kind{
		{"Double", 8, 8, []int{1, 4, 8}},
		{"Mixed", 4, 8, []int{1, 4}},
		{"Single", 4, 4, []int{8}},
	}
)

func main() {
	ConstraintExpr("amd64")
	for _, a := range isas {
		for _, k := range kinds {
			for _, rows := range k.rows {
				g := generator{a, k, rows}
				g.dot()
				g.axpy()
			}
		}
	}
	Generate()
}

type generator struct {
	isa
	kind
	rows int
}

func goType(bytes int) string { return fmt.Sprintf("float%d", 8*bytes) }

func (g generator) lanes() int { return g.bytes / g.arith }

// begin declares the function and loads the base addresses of the rows.
func (g generator) begin(name, signature, doc string) []reg.GPVirtual {
	name = fmt.Sprintf("%s%d%s%s", name, g.rows, g.kind.name, g.isa.name)
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
	Doc(name + " " + doc)
	table := Load(Param("x"), GP64())
	bases := make([]reg.GPVirtual, g.rows)
	for k := range bases {
		bases[k] = GP64()
		MOVQ(operand.Mem{Base: table, Disp: 24 * k}, bases[k])
	}
	return bases
}

// loop runs body for i = i, i+step, … as long as i+step <= n.
func loop(name string, i, n reg.GPVirtual, step int, body func()) {
	last := GP64()
	LEAQ(operand.Mem{Base: n, Disp: -step}, last)
	CMPQ(i, last)
	JG(operand.LabelRef(name + "_done"))
	Label(name)
	body()
	ADDQ(operand.U32(step), i)
	CMPQ(i, last)
	JLE(operand.LabelRef(name))
	Label(name + "_done")
}

// loopDown runs body for i = i-step, i-2·step, … down to bound.
func loopDown(name string, i reg.GPVirtual, bound operand.Op, step int, body func()) {
	CMPQ(i, bound)
	JLE(operand.LabelRef(name + "_done"))
	Label(name)
	SUBQ(operand.U32(step), i)
	body()
	CMPQ(i, bound)
	JG(operand.LabelRef(name))
	Label(name + "_done")
}

// wholeMultiple returns n rounded down to a multiple of step, a power of two.
func wholeMultiple(n reg.GPVirtual, step int) reg.GPVirtual {
	m := GP64()
	MOVQ(n, m)
	ANDQ(operand.I32(-step), m)
	return m
}

func element(base, i reg.Register, size, offset int) operand.Mem {
	return operand.Mem{Base: base, Index: i, Scale: uint8(size), Disp: size * offset}
}

func (g generator) dot() {
	x := g.begin("dot", fmt.Sprintf("func(s *[%d]float64, x *[%d][]%s, p []%s)", g.rows, g.rows, goType(g.storage), goType(g.arith)),
		"writes s[k] = x[k]·p.")
	p := Load(Param("p").Base(), GP64()).(reg.GPVirtual)
	n := Load(Param("p").Len(), GP64()).(reg.GPVirtual)
	i := GP64()
	XORQ(i, i)

	// Eight independent chains hide the latency of a fused multiply-add.
	unroll := 8 / g.rows
	sum := make([][]reg.VecVirtual, unroll)
	for u := range sum {
		for range g.rows {
			v := g.vec()
			VXORPD(v.AsY(), v.AsY(), v.AsY()) // clears the upper half of a ZMM too
			sum[u] = append(sum[u], v)
		}
	}
	step := func(u int) {
		shared := g.vec()
		g.load(element(p, i, g.arith, u*g.lanes()), shared)
		for k := range x {
			g.multiplyAdd(element(x[k], i, g.storage, u*g.lanes()), shared, sum[u][k])
		}
	}
	if unroll > 1 {
		loop("blocks", i, n, unroll*g.lanes(), func() {
			for u := range unroll {
				step(u)
			}
		})
	}
	loop("vectors", i, n, g.lanes(), func() { step(0) })

	for width := unroll / 2; width > 0; width /= 2 {
		for u := range width {
			for k := range x {
				g.add(sum[u+width][k], sum[u][k])
			}
		}
	}
	total := make([]reg.VecVirtual, g.rows)
	for k := range x {
		total[k] = g.addLanes(sum[0][k])
	}
	loop("scalars", i, n, 1, func() {
		shared := XMM()
		g.loadScalar(element(p, i, g.arith, 0), g.arith, shared)
		for k := range x {
			g.multiplyAddScalar(element(x[k], i, g.storage, 0), shared, total[k])
		}
	})
	s := Load(Param("s"), GP64())
	for k := range x {
		VMOVSD(total[k], operand.Mem{Base: s, Disp: 8 * k})
	}
	VZEROUPPER()
	RET()
}

func (g generator) axpy() {
	x := g.begin("axpy", fmt.Sprintf("func(u []float64, a *[%d]float64, x *[%d][]%s)", g.rows, g.rows, goType(g.storage)),
		"adds a[0] x[0] + a[1] x[1] + … to u.")
	u := Load(Param("u").Base(), GP64()).(reg.GPVirtual)
	n := Load(Param("u").Len(), GP64()).(reg.GPVirtual)
	factors := Load(Param("a"), GP64()) // not g, which is a register to the assembler
	factor := make([]reg.VecVirtual, g.rows)
	for k := range factor {
		factor[k] = g.vec()
		m := operand.Mem{Base: factors, Disp: 8 * k}
		if g.arith == 8 {
			VBROADCASTSD(m, factor[k])
			continue
		}
		narrow := XMM()
		VXORPS(narrow, narrow, narrow)
		VCVTSD2SS(m, narrow, narrow)
		VBROADCASTSS(narrow, factor[k])
	}
	// From the last element to the first: the end of the rows may still be in the first-level cache after a dot product.
	i := GP64()
	MOVQ(n, i)

	step := func(v int) {
		target := element(u, i, 8, v*g.lanes())
		source := func(k int) operand.Mem { return element(x[k], i, g.storage, v*g.lanes()) }
		sum := g.vec()
		if g.arith == 8 {
			g.load(target, sum)
			for k := range x {
				g.multiplyAdd(source(k), factor[k], sum)
			}
			VMOVUPD(sum, target)
			return
		}
		VMULPS(source(0), factor[0], sum)
		for k := 1; k < len(x); k++ {
			g.multiplyAdd(source(k), factor[k], sum)
		}
		low, high := g.widen(sum)
		VADDPD(target, low, low)
		VMOVUPD(low, target)
		target = element(u, i, 8, v*g.lanes()+g.lanes()/2)
		VADDPD(target, high, high)
		VMOVUPD(high, target)
	}
	loopDown("scalars", i, wholeMultiple(n, g.lanes()), 1, func() {
		sum := XMM()
		VMOVSD(element(u, i, 8, 0), sum)
		for k := range x {
			g.multiplyAddScalar(element(x[k], i, g.storage, 0), factor[k].AsX(), sum)
		}
		VMOVSD(sum, element(u, i, 8, 0))
	})
	unroll := max(1, 4/g.rows)
	if unroll > 1 {
		loopDown("vectors", i, wholeMultiple(n, unroll*g.lanes()), g.lanes(), func() { step(0) })
	}
	loopDown("blocks", i, operand.U8(0), unroll*g.lanes(), func() {
		for v := range unroll {
			step(v)
		}
	})
	VZEROUPPER()
	RET()
}

func (g generator) load(m operand.Mem, v reg.VecVirtual) {
	if g.arith == 8 {
		VMOVUPD(m, v)
	} else {
		VMOVUPS(m, v)
	}
}

// multiplyAdd adds m·v to sum.
func (g generator) multiplyAdd(m operand.Mem, v, sum reg.VecVirtual) {
	switch {
	case g.arith == 4:
		VFMADD231PS(m, v, sum)
	case g.storage == 4:
		wide := g.vec()
		VCVTPS2PD(m, wide)
		VFMADD231PD(wide, v, sum)
	default:
		VFMADD231PD(m, v, sum)
	}
}

func (g generator) add(v, sum reg.VecVirtual) {
	if g.arith == 8 {
		VADDPD(v, sum, sum)
	} else {
		VADDPS(v, sum, sum)
	}
}

func (g generator) loadScalar(m operand.Mem, size int, v reg.VecVirtual) {
	if size == 8 {
		VMOVSD(m, v)
	} else {
		VMOVSS(m, v)
	}
}

// multiplyAddScalar adds m·v to sum; v has the precision of the products, sum is float64.
func (g generator) multiplyAddScalar(m operand.Mem, v reg.Register, sum reg.VecVirtual) {
	wide := XMM()
	switch {
	case g.arith == 4:
		VMULSS(m, v, wide)
		VCVTSS2SD(wide, wide, wide)
		VADDSD(wide, sum, sum)
	case g.storage == 4:
		VXORPS(wide, wide, wide)
		VCVTSS2SD(m, wide, wide)
		VFMADD231SD(wide, v, sum)
	default:
		VFMADD231SD(m, v, sum)
	}
}

// upper returns the upper half of v.
func (g generator) upper(v reg.VecVirtual) reg.VecVirtual {
	if g.bytes == 64 {
		half := YMM()
		VEXTRACTF64X4(operand.Imm(1), v, half)
		return half
	}
	half := XMM()
	VEXTRACTF128(operand.Imm(1), v, half)
	return half
}

func (g generator) lower(v reg.VecVirtual) reg.Register {
	if g.bytes == 64 {
		return v.AsY()
	}
	return v.AsX()
}

// widen converts a vector of float32 to two of float64.
func (g generator) widen(v reg.VecVirtual) (low, high reg.VecVirtual) {
	low, high = g.vec(), g.vec()
	VCVTPS2PD(g.upper(v), high)
	VCVTPS2PD(g.lower(v), low)
	return low, high
}

// addLanes returns the sum of all lanes of v as a float64.
func (g generator) addLanes(v reg.VecVirtual) reg.VecVirtual {
	if g.arith == 4 {
		low, high := g.widen(v)
		VADDPD(high, low, low)
		v = low
	}
	if g.bytes == 64 {
		half := YMM()
		VEXTRACTF64X4(operand.Imm(1), v, half)
		VADDPD(v.AsY(), half, half)
		v = half
	}
	quarter, swapped := XMM(), XMM()
	VEXTRACTF128(operand.Imm(1), v.AsY(), quarter)
	VADDPD(v.AsX(), quarter, quarter)
	VPERMILPD(operand.Imm(1), quarter, swapped)
	VADDSD(swapped, quarter, quarter)
	return quarter
}
