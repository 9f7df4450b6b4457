package ingest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"fengsui/collector/wire"
)

// A body is a decoded wire.BatchBody whose bytes still lie in the request. It
// is decoded by hand because that is most of what a result costs: flat slices
// that are used again instead of five objects per result, and foreign bytes in
// a key that cost their row and not the whole batch. It takes what
// proto.Unmarshal takes, but for a message field that comes twice.
type body struct {
	revision, boot []byte
	kinds          [][]byte // encoded wire.KindNames
	results        []result
	rows           []row
	values         []value
	findings       []finding
	args           []arg

	names   []uint32 // of the row that is being decoded
	numbers []float64
}

type result struct {
	check, kind uint32
	bootNs      int64
	wallNs      int64
	durationNs  uint64
	verdicts    [3]verdict // pair, v4, v6
	rows        bounds
	findings    bounds
}

// bounds are a part of one of the body's slices.
type bounds struct{ from, to int }

type verdict struct {
	present bool
	state   int32
	code    []byte
	args    bounds
}

type arg struct{ name, value []byte }

type row struct {
	family uint32
	key    []byte
	broken bool // names and values do not match
	values bounds
}

type value struct {
	name  uint32 // index into the names of the result's kind
	value float64
}

type finding struct {
	rule, evidence  []byte
	family, outcome uint32
}

// Bounds of what is kept of one row or verdict; no honest agent comes near.
const (
	maxValuesOfRow   = 256
	maxArgsOfVerdict = 16
)

// A bodyError says by its code why a body cannot be taken.
type bodyError struct {
	code string
	err  error
}

func (e *bodyError) Error() string { return e.err.Error() }
func (e *bodyError) Unwrap() error { return e.err }

func tooMany(code, what string, want int) error {
	return &bodyError{code, fmt.Errorf("the batch holds more than %d %s", want, what)}
}

var errTwice = errors.New("a message comes twice where one is wanted")

// decode reads b, which must stay as it is while the body is in use.
func (d *body) decode(b []byte) error {
	d.revision, d.boot = nil, nil
	d.kinds, d.results, d.rows = d.kinds[:0], d.results[:0], d.rows[:0]
	d.values, d.findings, d.args = d.values[:0], d.findings[:0], d.args[:0]
	err := fields(b, func(f field) error {
		switch {
		case f.is(1, protowire.BytesType):
			d.revision = f.bytes
		case f.is(2, protowire.BytesType):
			d.boot = f.bytes
		case f.is(3, protowire.BytesType):
			if len(d.kinds) == wire.MaxResults {
				return tooMany(codeBroken, "kinds", wire.MaxResults)
			}
			d.kinds = append(d.kinds, f.bytes)
		case f.is(4, protowire.BytesType):
			if len(d.results) == wire.MaxResults {
				return tooMany(codeBroken, "results", wire.MaxResults)
			}
			return d.result(f.bytes)
		}
		return nil
	})
	var coded *bodyError
	if err != nil && !errors.As(err, &coded) {
		return &bodyError{codeBroken, fmt.Errorf("decode a batch: %w", err)}
	}
	return err
}

func (d *body) result(b []byte) error {
	d.results = append(d.results, result{
		rows: bounds{len(d.rows), len(d.rows)}, findings: bounds{len(d.findings), len(d.findings)},
	})
	r := &d.results[len(d.results)-1]
	err := fields(b, func(f field) error {
		switch {
		case f.is(1, protowire.VarintType):
			r.check = uint32(f.varint)
		case f.is(2, protowire.VarintType):
			r.kind = uint32(f.varint)
		case f.is(3, protowire.VarintType):
			r.bootNs = int64(f.varint)
		case f.is(4, protowire.VarintType):
			r.wallNs = int64(f.varint)
		case f.is(5, protowire.VarintType):
			r.durationNs = f.varint
		case f.kind == protowire.BytesType && 6 <= f.number && f.number <= 8:
			return d.verdict(&r.verdicts[f.number-6], f.bytes)
		case f.is(9, protowire.BytesType):
			if len(d.rows) == wire.MaxRows {
				return tooMany(codeRows, "rows", wire.MaxRows)
			}
			return d.row(f.bytes)
		case f.is(10, protowire.BytesType):
			if len(d.findings) == wire.MaxFindings {
				return tooMany(codeFindings, "findings", wire.MaxFindings)
			}
			return d.finding(f.bytes)
		}
		return nil
	})
	r.rows.to, r.findings.to = len(d.rows), len(d.findings)
	return err
}

func (d *body) verdict(v *verdict, b []byte) error {
	if v.present {
		return errTwice
	}
	v.present = true
	v.args = bounds{len(d.args), len(d.args)}
	if len(b) == 0 { // up
		return nil
	}
	err := fields(b, func(f field) error {
		switch {
		case f.is(1, protowire.VarintType):
			v.state = int32(f.varint)
		case f.is(2, protowire.BytesType):
			v.code = f.bytes
		case f.is(3, protowire.BytesType):
			var a arg
			err := fields(f.bytes, func(f field) error {
				switch {
				case f.is(1, protowire.BytesType):
					a.name = f.bytes
				case f.is(2, protowire.BytesType):
					a.value = f.bytes
				}
				return nil
			})
			if len(d.args)-v.args.from < maxArgsOfVerdict {
				d.args = append(d.args, a)
			}
			return err
		}
		return nil
	})
	v.args.to = len(d.args)
	return err
}

func (d *body) row(b []byte) error {
	r := row{values: bounds{len(d.values), len(d.values)}}
	d.names, d.numbers = d.names[:0], d.numbers[:0]
	err := fields(b, func(f field) error {
		switch {
		case f.is(1, protowire.VarintType):
			r.family = uint32(f.varint)
		case f.is(2, protowire.BytesType):
			r.key = f.bytes
		case f.is(3, protowire.VarintType):
			d.name(&r, f.varint)
		case f.is(3, protowire.BytesType):
			for p := f.bytes; len(p) > 0; {
				v, n := varint(p)
				if n < 0 {
					return protowire.ParseError(n)
				}
				d.name(&r, v)
				p = p[n:]
			}
		case f.is(4, protowire.Fixed64Type):
			d.number(&r, f.varint)
		case f.is(4, protowire.BytesType):
			if len(f.bytes)%8 != 0 {
				return protowire.ParseError(-1) // unexpected end
			}
			for p := f.bytes; len(p) > 0; p = p[8:] {
				d.number(&r, binary.LittleEndian.Uint64(p))
			}
		}
		return nil
	})
	if r.broken = r.broken || len(d.names) != len(d.numbers); !r.broken {
		for i, n := range d.names {
			d.values = append(d.values, value{n, d.numbers[i]})
		}
	}
	r.values.to = len(d.values)
	d.rows = append(d.rows, r)
	return err
}

func (d *body) name(r *row, v uint64) {
	if len(d.names) == maxValuesOfRow {
		r.broken = true
		return
	}
	d.names = append(d.names, uint32(v))
}

func (d *body) number(r *row, bits uint64) {
	if len(d.numbers) == maxValuesOfRow {
		r.broken = true
		return
	}
	d.numbers = append(d.numbers, math.Float64frombits(bits))
}

func (d *body) finding(b []byte) error {
	var fd finding
	err := fields(b, func(f field) error {
		switch {
		case f.is(1, protowire.BytesType):
			fd.rule = f.bytes
		case f.is(2, protowire.VarintType):
			fd.family = uint32(f.varint)
		case f.is(3, protowire.VarintType):
			fd.outcome = uint32(f.varint)
		case f.is(4, protowire.BytesType):
			fd.evidence = f.bytes
		}
		return nil
	})
	d.findings = append(d.findings, fd)
	return err
}

// A field is one field of an encoded message.
type field struct {
	number protowire.Number
	kind   protowire.Type
	varint uint64 // also the bits of a fixed64
	bytes  []byte
}

func (f *field) is(n protowire.Number, k protowire.Type) bool { return f.number == n && f.kind == k }

// fields calls each for every field of a message. Fields of other sorts than
// varint, bytes and fixed64 are passed over: the .proto has none.
func fields(b []byte, each func(field) error) error {
	for len(b) > 0 {
		tag, n := varint(b)
		if n < 0 {
			return protowire.ParseError(n)
		}
		var f field
		f.number, f.kind = protowire.DecodeTag(tag)
		if f.number < protowire.MinValidNumber || f.number > protowire.MaxValidNumber {
			return fmt.Errorf("a field has the number %d", tag>>3)
		}
		b = b[n:]
		switch f.kind {
		case protowire.VarintType:
			f.varint, n = varint(b)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(b)
		case protowire.Fixed64Type:
			f.varint, n = protowire.ConsumeFixed64(b)
		default:
			if n = protowire.ConsumeFieldValue(f.number, f.kind, b); n < 0 {
				return protowire.ParseError(n)
			}
			b = b[n:]
			continue
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		if err := each(f); err != nil {
			return err
		}
	}
	return nil
}

// varint is protowire.ConsumeVarint with the common case in line.
func varint(b []byte) (uint64, int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	return protowire.ConsumeVarint(b)
}
