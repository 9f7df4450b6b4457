package wire_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"fengsui/collector/wire"
)

// update adds to the golden files what is new. It never changes what stands
// in them: that is in the field.
var update = flag.Bool("update", false, "add what is new to the golden files")

// message makes the message that a file of the corpus is named after.
func message(t *testing.T, file string) proto.Message {
	t.Helper()
	name, _, _ := strings.Cut(filepath.Base(file), ".")
	d := wire.File_fengsui_proto.Messages().ByName(protoreflect.Name(name))
	if d == nil {
		t.Fatalf("%s: the wire has no message %s, and it had one", file, name)
	}
	for _, m := range messages {
		if m.ProtoReflect().Descriptor() == d {
			return m.ProtoReflect().New().Interface()
		}
	}
	t.Fatalf("%s: message %s travels in another one, want one that is encoded by itself", file, name)
	return nil
}

// messages are those that are encoded by themselves.
var messages = []proto.Message{
	new(wire.PreviewRequest), new(wire.PreviewResponse), new(wire.EnrolRequest), new(wire.EnrolResponse), new(wire.RenewRequest), new(wire.RenewResponse),
	new(wire.HelloRequest), new(wire.HelloResponse), new(wire.PushRequest), new(wire.PushResponse), new(wire.PollRequest), new(wire.PollResponse),
	new(wire.GoodbyeRequest), new(wire.GoodbyeResponse), new(wire.BatchBody), new(wire.Assignment), new(wire.Refusal),
}

func encode(t *testing.T, m proto.Message) []byte {
	t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCorpus: what the golden texts say is what the golden bytes say, in both
// directions and byte for byte; each field of each message stands somewhere
// among them; and a field that is not known yet disturbs none.
func TestCorpus(t *testing.T) {
	t.Parallel()
	texts, err := filepath.Glob("testdata/corpus/*.txtpb")
	if err != nil || len(texts) == 0 {
		t.Fatalf("the corpus: got %d files, %v, want some", len(texts), err)
	}
	seen := map[protoreflect.FullName]bool{}
	for _, file := range texts {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		said := message(t, file)
		if err := prototext.Unmarshal(text, said); err != nil {
			t.Errorf("%s: %v: a name that was taken away or means something else now", file, err)
			continue
		}
		golden := strings.TrimSuffix(file, ".txtpb") + ".bin"
		want, err := os.ReadFile(golden)
		if os.IsNotExist(err) && *update {
			want = encode(t, said)
			err = os.WriteFile(golden, want, 0o644)
		}
		if err != nil {
			t.Errorf("%v; go test -update makes it", err)
			continue
		}
		if got := encode(t, said); !bytes.Equal(got, want) {
			t.Errorf("%s encodes to\n%x, want\n%x", file, got, want)
		}
		read := message(t, file)
		if err := proto.Unmarshal(want, read); err != nil {
			t.Errorf("%s: %v", golden, err)
			continue
		}
		if unknown := unknownFields(read.ProtoReflect()); len(unknown) > 0 {
			t.Errorf("%s holds fields that are not known any more: %v", golden, unknown)
		}
		if got := encode(t, read); !bytes.Equal(got, want) {
			t.Errorf("%s, read and written, is\n%x, want\n%x", golden, got, want)
		}
		fields(read.ProtoReflect(), seen)

		newer := protowire.AppendTag(slices.Clone(want), 1000, protowire.BytesType)
		newer = protowire.AppendBytes(newer, []byte("of a later release"))
		var got proto.Message
		if body, ok := read.(*wire.BatchBody); ok {
			b, _, err := wire.DecodeBody(newer)
			if err != nil {
				t.Errorf("%s with a field of a later release: %v", golden, err)
				continue
			}
			got, read = b, body
		} else {
			got = message(t, file)
			if err := wire.Decode(newer, got); err != nil {
				t.Errorf("%s with a field of a later release: %v", golden, err)
				continue
			}
		}
		if !bytes.Equal(encode(t, got), want) {
			t.Errorf("%s with a field of a later release is read as %v, want %v", golden, got, read)
		}
	}
	for m := range all() {
		for i := range m.Fields().Len() {
			if f := m.Fields().Get(i); !seen[f.FullName()] {
				t.Errorf("%s stands in no message of the corpus: add one, and leave those that are there", f.FullName())
			}
		}
	}
}

// TestDigestOfCorpus: the digest is over the bytes of a body, and its 8 bytes
// are taken from SHA-256 as they always were.
func TestDigestOfCorpus(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/corpus/PushRequest.bin")
	if err != nil {
		t.Fatal(err)
	}
	var p wire.PushRequest
	if err := proto.Unmarshal(b, &p); err != nil {
		t.Fatal(err)
	}
	if got := wire.Digest(p.Batches[0].Body); got != p.Batches[0].Digest {
		t.Errorf("the digest of the body is %#x, want %#x", got, p.Batches[0].Digest)
	}
}

// TestFrozen: every number, name and type that testdata/frozen.txt lists is
// still what it was; what was added since is listed too.
func TestFrozen(t *testing.T) {
	t.Parallel()
	const file = "testdata/frozen.txt"
	text, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	frozen := strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
	now := contract(t)
	if *update {
		for _, line := range now {
			if !slices.Contains(frozen, line) {
				frozen = append(frozen, line)
			}
		}
		slices.Sort(frozen)
		if err := os.WriteFile(file, []byte(strings.Join(frozen, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(frozen, now); diff != "" {
		t.Errorf("the wire differs from %s (-frozen +now).\nA line with - is in the field: put it back. A line with + is new: go test -update adds it.\n%s", file, diff)
	}
}

// contract lists what the two ends agree on, one fact a line.
func contract(t *testing.T) []string {
	t.Helper()
	lines := []string{fmt.Sprintf("protocol %d", wire.Protocol)}
	for m := range all() {
		for i := range m.Fields().Len() {
			f := m.Fields().Get(i)
			kind := f.Kind().String()
			switch {
			case f.Message() != nil:
				kind = string(f.Message().Name())
			case f.Enum() != nil:
				kind = string(f.Enum().FullName().Name())
			}
			packed := ""
			if f.IsPacked() {
				packed = " packed"
			}
			lines = append(lines, fmt.Sprintf("message %s: %3d %s %s %s%s", m.Name(), f.Number(), f.Name(), f.Cardinality(), kind, packed))
		}
		for i := range m.Enums().Len() {
			lines = append(lines, values(m.Enums().Get(i))...)
		}
	}
	for i := range wire.File_fengsui_proto.Enums().Len() {
		lines = append(lines, values(wire.File_fengsui_proto.Enums().Get(i))...)
	}
	calls := wire.File_fengsui_proto.Services().Get(0)
	for i := range calls.Methods().Len() {
		c := calls.Methods().Get(i)
		lines = append(lines, fmt.Sprintf("call /%s/%s %s %s", calls.FullName(), c.Name(), c.Input().Name(), c.Output().Name()))
	}
	lines = append(lines, refusals(t)...)
	slices.Sort(lines)
	return lines
}

// refusals lists the codes that agents act on.
func refusals(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "refusal.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for n := range ast.Preorder(file) {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Code") {
			continue
		}
		lines = append(lines, "refusal "+strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`))
	}
	return lines
}

func values(e protoreflect.EnumDescriptor) []string {
	var lines []string
	for i := range e.Values().Len() {
		v := e.Values().Get(i)
		lines = append(lines, fmt.Sprintf("enum %s: %3d %s", e.Name(), v.Number(), v.Name()))
	}
	return lines
}

// all goes over every message of the wire.
func all() func(yield func(protoreflect.MessageDescriptor) bool) {
	return func(yield func(protoreflect.MessageDescriptor) bool) {
		list := wire.File_fengsui_proto.Messages()
		for i := range list.Len() {
			if !yield(list.Get(i)) {
				return
			}
		}
	}
}

// fields notes which fields are set in m and below it.
func fields(m protoreflect.Message, seen map[protoreflect.FullName]bool) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		seen[f.FullName()] = true
		switch {
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				fields(v.List().Get(i).Message(), seen)
			}
		case f.Message() != nil:
			fields(v.Message(), seen)
		}
		return true
	})
}

// unknownFields names the messages below m that hold bytes nobody knows.
func unknownFields(m protoreflect.Message) (names []protoreflect.FullName) {
	if len(m.GetUnknown()) > 0 {
		names = append(names, m.Descriptor().FullName())
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				names = append(names, unknownFields(v.List().Get(i).Message())...)
			}
		case f.Message() != nil:
			names = append(names, unknownFields(v.Message())...)
		}
		return true
	})
	return names
}
