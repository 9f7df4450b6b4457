package wire

import (
	"context"
	"fmt"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// Bounds of the calls that carry no results, in bytes, compressed or not.
const (
	maxEnrol = 64 << 10  // anybody may call it
	maxOther = 256 << 10 // Hello with 1,000 lost ranges has 40 KiB
)

// bound returns how many decompressed bytes a procedure takes.
func bound(procedure string) int {
	switch procedure {
	case CollectorPushProcedure:
		return MaxDecompressed
	case CollectorEnrolProcedure:
		return maxEnrol
	}
	return maxOther
}

// ClientOptions are what an agent's client needs: zstd in both directions and
// no other compression, answers bounded.
func ClientOptions() []connect.ClientOption {
	return []connect.ClientOption{
		connect.WithAcceptCompression("gzip", nil, nil),
		connect.WithAcceptCompression(zstdName, newDecompressor(MaxDecompressed), newCompressor),
		connect.WithSendCompression(zstdName),
		connect.WithCompressMinBytes(compressFrom),
		connect.WithReadMaxBytes(MaxDecompressed),
	}
}

// HandlerOptions are what the collector's handler needs: zstd and no other
// compression, bounds on decompressed bytes and on the number of messages in
// them, and refusals with a code. The handler stands behind [LimitBody].
func HandlerOptions() []connect.HandlerOption {
	return []connect.HandlerOption{
		connect.WithCompression("gzip", nil, nil),
		connect.WithConditionalHandlerOptions(func(s connect.Spec) []connect.HandlerOption {
			n := bound(s.Procedure)
			return []connect.HandlerOption{
				connect.WithCompression(zstdName, newDecompressor(int64(n)), newCompressor),
				connect.WithReadMaxBytes(n),
			}
		}),
		connect.WithCompressMinBytes(compressFrom),
		connect.WithCodec(boundedCodec{}),
		connect.WithInterceptors(connect.UnaryInterceptorFunc(refuseUndecoded)),
	}
}

// boundedCodec is protobuf whose messages are counted before they are made:
// an empty message costs 2 bytes on the wire and a hundred in memory.
type boundedCodec struct{}

func (boundedCodec) Name() string { return "proto" }

func (boundedCodec) Marshal(m any) ([]byte, error) {
	p, ok := m.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("encode %T: want a protobuf message", m)
	}
	return proto.Marshal(p)
}

// MarshalAppend spares connect a copy.
func (boundedCodec) MarshalAppend(dst []byte, m any) ([]byte, error) {
	p, ok := m.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("encode %T: want a protobuf message", m)
	}
	return proto.MarshalOptions{}.MarshalAppend(dst, p)
}

// undecoded is the number of the field that stands, among the unknown fields
// of a request, for the refusal of a request that could not be decoded.
const undecoded protowire.Number = protowire.MaxValidNumber

// Unmarshal decodes b. Connect wraps an error of a codec in one of its own,
// whose details are lost; so a refusal travels inside of the message to
// refuseUndecoded. Nobody can forge one: all other unknown fields are dropped.
func (boundedCodec) Unmarshal(b []byte, m any) error {
	p, ok := m.(proto.Message)
	if !ok {
		return fmt.Errorf("decode %T: want a protobuf message", m)
	}
	refusal := decode(b, p)
	if refusal == nil {
		return nil
	}
	detail, err := proto.Marshal(RefusalOf(refusal))
	if err != nil {
		return err
	}
	proto.Reset(p)
	mark := protowire.AppendTag(nil, undecoded, protowire.BytesType)
	p.ProtoReflect().SetUnknown(protowire.AppendBytes(mark, detail))
	return nil
}

// decode decodes a request within its bounds.
func decode(b []byte, p proto.Message) *connect.Error {
	if _, err := measure(b, p.ProtoReflect().Descriptor(), MaxElements); err != nil {
		return err
	}
	if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(b, p); err != nil {
		return refuseBroken("请求不是有效的 protobuf："+err.Error(), "the request is not valid protobuf: "+err.Error())
	}
	return nil
}

// refuseUndecoded answers the refusal that the codec left in a message.
func refuseUndecoded(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, r connect.AnyRequest) (connect.AnyResponse, error) {
		m, ok := r.Any().(proto.Message)
		if !ok {
			return next(ctx, r)
		}
		b := m.ProtoReflect().GetUnknown()
		if len(b) == 0 {
			return next(ctx, r)
		}
		_, _, n := protowire.ConsumeTag(b)
		detail, _ := protowire.ConsumeBytes(b[max(n, 0):])
		var refusal Refusal
		if err := proto.Unmarshal(detail, &refusal); err != nil {
			return nil, fmt.Errorf("BUG: the codec left a refusal that cannot be read: %w", err)
		}
		code := connect.CodeInvalidArgument
		if refusal.Code == CodeTooLarge {
			code = connect.CodeResourceExhausted
		}
		return nil, NewRefusal(code, refusal.Code, refusal.Zh, refusal.En)
	}
}
