package wire

import (
	"fmt"
	"sync"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// MaxElements is how many messages, strings and byte strings a push may hold
// in all. What MaxResults and MaxRows allow has 130,000 when every verdict has
// three arguments.
const MaxElements = 1 << 18

// A Shape counts what an encoded message holds, without decoding it.
type Shape struct {
	Results, Rows, Findings int
	Elements                int // of all sorts: messages, repeated strings
}

func (s *Shape) add(t Shape) {
	s.Results += t.Results
	s.Rows += t.Rows
	s.Findings += t.Findings
	s.Elements += t.Elements
}

// excess names the first bound that s is over, and is empty when it is over
// none. The codes are those of refused results.
func (s Shape) excess() (code string, got, want int) {
	switch {
	case s.Rows > MaxRows:
		return "rows", s.Rows, MaxRows
	case s.Findings > MaxFindings:
		return "findings", s.Findings, MaxFindings
	case s.Results > MaxResults:
		return "results", s.Results, MaxResults
	case s.Elements > MaxElements:
		return "elements", s.Elements, MaxElements
	}
	return "", 0, 0
}

// Measure counts what the body of a batch holds. An error says that it is no
// BatchBody, or that it holds more than MaxElements.
func Measure(body []byte) (Shape, error) {
	s, err := measure(body, (*BatchBody)(nil).ProtoReflect().Descriptor(), MaxElements)
	if err != nil {
		return s, err
	}
	return s, nil
}

// CheckPush says whether a push is within the bounds of a push: at most
// MaxResults results, MaxRows rows and MaxFindings findings. When it is not,
// the whole push is refused with code too_large, and the agent sends fewer
// batches at a time. A batch that is too large, or broken, all by itself does
// not count: [DecodeBody] decides it, else it would block its agent for ever.
func CheckPush(p *PushRequest) (code string, err error) {
	var sum Shape
	for _, b := range p.Batches {
		s, err := Measure(b.GetBody())
		if err != nil {
			continue
		}
		if code, _, _ := s.excess(); code != "" {
			continue
		}
		sum.add(s)
		if what, got, want := sum.excess(); what != "" {
			return CodeTooLarge, refuseTooLarge(
				fmt.Sprintf("一次上报含 %d 个 %s，超过上限 %d，请减少每次的批数", got, what, want),
				fmt.Sprintf("the push holds %d %s, at most %d are taken: send fewer batches at a time", got, what, want))
		}
	}
	return "", nil
}

// DecodeBody decodes the body of a batch within bounded memory. A body that
// cannot be taken is told by a code of refused results: rows, findings, or
// broken for what is no BatchBody or holds too much else.
func DecodeBody(body []byte) (b *BatchBody, code string, err error) {
	s, err := Measure(body)
	if err != nil {
		return nil, CodeBroken, err
	}
	switch what, got, want := s.excess(); what {
	case "":
	case "rows", "findings":
		return nil, what, fmt.Errorf("the batch holds %d %s, want at most %d", got, what, want)
	default:
		return nil, CodeBroken, fmt.Errorf("the batch holds %d %s, want at most %d", got, what, want)
	}
	b = new(BatchBody)
	if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(body, b); err != nil {
		return nil, CodeBroken, fmt.Errorf("decode a batch: %w", err)
	}
	return b, "", nil
}

// A node is a message type as the scan needs it.
type node struct {
	fields []fieldShape // by field number
	count  func(*Shape) *int
}

type fieldShape struct {
	element bool  // costs memory by its number
	nested  *node // its message, when it is one
}

// nodes holds every message of the .proto, read from its descriptor, so that
// the scan cannot drift from what the decoder does. The generated code makes
// the descriptor in its init, hence the delay.
var nodes = sync.OnceValue(func() map[protoreflect.FullName]*node {
	all := map[protoreflect.FullName]*node{}
	messages := File_fengsui_proto.Messages()
	for i := range messages.Len() {
		all[messages.Get(i).FullName()] = &node{}
	}
	for i := range messages.Len() {
		m := messages.Get(i)
		n := all[m.FullName()]
		for j := range m.Fields().Len() {
			f := m.Fields().Get(j)
			for len(n.fields) <= int(f.Number()) {
				n.fields = append(n.fields, fieldShape{})
			}
			s := fieldShape{element: f.IsList() && (f.Kind() == protoreflect.StringKind || f.Kind() == protoreflect.BytesKind)}
			if f.Kind() == protoreflect.MessageKind {
				s = fieldShape{element: true, nested: all[f.Message().FullName()]}
			}
			n.fields[f.Number()] = s
		}
	}
	for m, count := range map[proto.Message]func(*Shape) *int{
		(*Result)(nil):  func(s *Shape) *int { return &s.Results },
		(*Row)(nil):     func(s *Shape) *int { return &s.Rows },
		(*Finding)(nil): func(s *Shape) *int { return &s.Findings },
	} {
		all[m.ProtoReflect().Descriptor().FullName()].count = count
	}
	return all
})

// measure scans an encoded message of type d and stops as soon as it holds
// more than limit elements.
func measure(b []byte, d protoreflect.MessageDescriptor, limit int) (Shape, *connect.Error) {
	n := nodes()[d.FullName()]
	if n == nil {
		panic("BUG: a message of another .proto: " + string(d.FullName()))
	}
	var s Shape
	return s, n.scan(b, &s, limit)
}

func (n *node) scan(b []byte, s *Shape, limit int) *connect.Error {
	for len(b) > 0 {
		number, kind, k := protowire.ConsumeTag(b)
		if k < 0 {
			return notProtobuf(protowire.ParseError(k))
		}
		b = b[k:]
		if kind != protowire.BytesType || int(number) >= len(n.fields) || !n.fields[number].element {
			if k = protowire.ConsumeFieldValue(number, kind, b); k < 0 {
				return notProtobuf(protowire.ParseError(k))
			}
			b = b[k:]
			continue
		}
		v, k := protowire.ConsumeBytes(b)
		if k < 0 {
			return notProtobuf(protowire.ParseError(k))
		}
		b = b[k:]
		if s.Elements++; s.Elements > limit {
			return refuseTooLarge(
				fmt.Sprintf("请求中的消息超过 %d 个，已拒绝", limit),
				fmt.Sprintf("the request holds more than %d messages", limit))
		}
		nested := n.fields[number].nested
		if nested == nil {
			continue
		}
		if nested.count != nil {
			*nested.count(s)++
		}
		if err := nested.scan(v, s, limit); err != nil {
			return err
		}
	}
	return nil
}

func notProtobuf(err error) *connect.Error {
	return refuseBroken("请求不是有效的 protobuf："+err.Error(), "the request is not valid protobuf: "+err.Error())
}
