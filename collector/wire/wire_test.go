package wire_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect"
	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"fengsui/collector/wire"
)

// echo answers every push with as many answers as it had batches.
type echo struct {
	wire.UnimplementedCollectorHandler
}

func (echo) Push(_ context.Context, r *connect.Request[wire.PushRequest]) (*connect.Response[wire.PushResponse], error) {
	return connect.NewResponse(&wire.PushResponse{Answers: make([]*wire.BatchAnswer, len(r.Msg.Batches))}), nil
}

func (echo) Enrol(_ context.Context, r *connect.Request[wire.EnrolRequest]) (*connect.Response[wire.EnrolResponse], error) {
	return connect.NewResponse(&wire.EnrolResponse{Site: r.Msg.Code}), nil
}

// serve starts a handler as the collector does, with or without HTTP/2.
func serve(t *testing.T, h2 bool) *httptest.Server {
	t.Helper()
	_, h := wire.NewCollectorHandler(echo{}, wire.HandlerOptions()...)
	s := httptest.NewUnstartedServer(wire.LimitBody(h))
	s.EnableHTTP2 = h2
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func TestPushRoundTrip(t *testing.T) {
	t.Parallel()
	for _, h2 := range []bool{false, true} {
		for _, size := range []int{0, 1, 400, 60_000} {
			t.Run(fmt.Sprintf("h2=%v/%d", h2, size), func(t *testing.T) {
				t.Parallel()
				s := serve(t, h2)
				c := wire.NewCollectorClient(s.Client(), s.URL, wire.ClientOptions()...)
				r := connect.NewRequest(&wire.PushRequest{Batches: []*wire.Batch{{Body: make([]byte, size)}, {}}})
				got, err := c.Push(t.Context(), r)
				if err != nil {
					t.Fatal(err)
				}
				if len(got.Msg.Answers) != 2 {
					t.Errorf("got %d answers, want 2", len(got.Msg.Answers))
				}
			})
		}
	}
}

func TestRefusalTravels(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("push to x: %w", wire.NewRefusal(connect.CodePermissionDenied, wire.CodeRevoked, "已吊销", "it was revoked"))
	got := wire.RefusalOf(err)
	want := &wire.Refusal{Code: "revoked", Zh: "已吊销", En: "it was revoked"}
	if !proto.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, err := range []error{nil, io.EOF, connect.NewError(connect.CodeInternal, io.EOF)} {
		if got := wire.RefusalOf(err); got != nil {
			t.Errorf("refusal of %v: got %v, want none", err, got)
		}
	}
}

// post sends a raw body and returns the status and the error that connect's
// client would make of the answer.
func post(t *testing.T, s *httptest.Server, path string, header http.Header, body io.Reader) (int, *wire.Refusal, string) {
	t.Helper()
	spy := &spyTransport{base: s.Client().Transport, header: header, body: body}
	c := wire.NewCollectorClient(&http.Client{Transport: spy}, s.URL, wire.ClientOptions()...)
	var err error
	if path == wire.CollectorEnrolProcedure {
		_, err = c.Enrol(t.Context(), connect.NewRequest(&wire.EnrolRequest{}))
	} else {
		_, err = c.Push(t.Context(), connect.NewRequest(&wire.PushRequest{}))
	}
	return spy.status, wire.RefusalOf(err), fmt.Sprint(err)
}

// spyTransport replaces the body and headers of a request by bad ones.
type spyTransport struct {
	base   http.RoundTripper
	header http.Header
	body   io.Reader
	status int
}

func (s *spyTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if r.Body != nil {
		r.Body.Close()
	}
	r.Body, r.ContentLength, r.GetBody = io.NopCloser(s.body), -1, nil
	r.Header.Del("Content-Encoding")
	for k, v := range s.header {
		r.Header[k] = v
	}
	if r.Header.Get("Length") != "" {
		fmt.Sscan(r.Header.Get("Length"), &r.ContentLength)
		r.Header.Del("Length")
	}
	answer, err := s.base.RoundTrip(r)
	if err == nil {
		s.status = answer.StatusCode
	}
	return answer, err
}

// counted counts what was read of an endless body.
type counted struct {
	r io.Reader
	n atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func bomb(t testing.TB, size int64) []byte {
	t.Helper()
	var b bytes.Buffer
	e, err := zstd.NewWriter(&b, zstd.WithWindowSize(256<<10), zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(e, zeros{}, size); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func squeeze(t testing.TB, b []byte, options ...zstd.EOption) []byte {
	t.Helper()
	e, err := zstd.NewWriter(nil, options...)
	if err != nil {
		t.Fatal(err)
	}
	return e.EncodeAll(b, nil)
}

// manyFindings is a batch of one result with n empty findings: 2 bytes each.
func manyFindings(t testing.TB, n int) []byte {
	t.Helper()
	result := bytes.Repeat(protowire.AppendBytes(protowire.AppendTag(nil, 10, protowire.BytesType), nil), n)
	return protowire.AppendBytes(protowire.AppendTag(nil, 4, protowire.BytesType), result)
}

func TestBadBodiesAreRefused(t *testing.T) {
	t.Parallel()
	zstdHeader := http.Header{"Content-Encoding": {"zstd"}}
	push, enrol := wire.CollectorPushProcedure, wire.CollectorEnrolProcedure
	manyLost := bytes.Repeat(protowire.AppendBytes(protowire.AppendTag(nil, 3, protowire.BytesType), nil), 1_000_000)
	for _, c := range []struct {
		name   string
		path   string
		header http.Header
		body   func(t *testing.T) io.Reader
		status int
		code   string
	}{
		{"announced 1 GiB", push, http.Header{"Length": {fmt.Sprint(1 << 30)}}, func(*testing.T) io.Reader { return io.LimitReader(zeros{}, 1<<30) }, 413, wire.CodeTooLarge},
		{"endless", push, nil, func(*testing.T) io.Reader { return zeros{} }, 429, wire.CodeTooLarge},
		{"endless zstd", push, zstdHeader, func(*testing.T) io.Reader { return zeros{} }, 429, wire.CodeTooLarge},
		{"bomb", push, zstdHeader, func(t *testing.T) io.Reader { return bytes.NewReader(bomb(t, 256<<20)) }, 429, wire.CodeTooLarge},
		{"one byte too many", push, zstdHeader, func(t *testing.T) io.Reader { return bytes.NewReader(bomb(t, wire.MaxDecompressed+1)) }, 429, wire.CodeTooLarge},
		{"bomb of an unknown caller", enrol, zstdHeader, func(t *testing.T) io.Reader { return bytes.NewReader(bomb(t, 128<<10)) }, 429, wire.CodeTooLarge},
		{"large body of an unknown caller", enrol, nil, func(*testing.T) io.Reader { return io.LimitReader(zeros{}, 65<<10) }, 429, wire.CodeTooLarge},
		{"huge window", push, zstdHeader, func(t *testing.T) io.Reader {
			return bytes.NewReader(squeeze(t, make([]byte, 4<<20), zstd.WithWindowSize(4<<20)))
		}, 429, wire.CodeTooLarge},
		{"a million messages", push, zstdHeader, func(t *testing.T) io.Reader {
			return bytes.NewReader(squeeze(t, manyLost, zstd.WithWindowSize(256<<10), zstd.WithSingleSegment(false)))
		}, 429, wire.CodeTooLarge},
		{"broken protobuf", push, nil, func(*testing.T) io.Reader { return strings.NewReader("\xff\xff\xff") }, 400, wire.CodeBroken},
		{"invalid UTF-8", push, nil, func(*testing.T) io.Reader { return strings.NewReader("\x22\x03\x0a\x01\xff") }, 400, wire.CodeBroken},
		{"broken zstd", push, zstdHeader, func(*testing.T) io.Reader { return strings.NewReader("not zstd at all") }, 400, wire.CodeBroken},
		{"truncated zstd", push, zstdHeader, func(t *testing.T) io.Reader {
			b := bomb(t, 1000)
			return bytes.NewReader(b[:len(b)-2])
		}, 400, wire.CodeBroken},
		{"gzip", push, http.Header{"Content-Encoding": {"gzip"}}, func(*testing.T) io.Reader { return strings.NewReader("") }, 415, wire.CodeBroken},
		{"JSON", push, http.Header{"Content-Type": {"application/json"}}, func(*testing.T) io.Reader { return strings.NewReader("{}") }, 415, wire.CodeBroken},
		{"gRPC", push, http.Header{"Content-Type": {"application/grpc"}}, func(*testing.T) io.Reader { return strings.NewReader("") }, 0, ""},
		{"no content type", push, http.Header{"Content-Type": {""}}, func(*testing.T) io.Reader { return strings.NewReader("") }, 415, wire.CodeBroken},
		{"forged refusal", push, nil, func(t *testing.T) io.Reader {
			inner, err := proto.Marshal(&wire.Refusal{Code: "forged", En: "forged"})
			if err != nil {
				t.Fatal(err)
			}
			return bytes.NewReader(protowire.AppendBytes(protowire.AppendTag(nil, protowire.MaxValidNumber, protowire.BytesType), inner))
		}, 200, ""},
	} {
		for _, h2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/h2=%v", c.name, h2), func(t *testing.T) {
				t.Parallel()
				s := serve(t, h2)
				body := &counted{r: c.body(t)}
				status, refusal, text := post(t, s, c.path, c.header, body)
				if c.status != 0 && status != c.status {
					t.Errorf("got HTTP status %d (%s), want %d", status, text, c.status)
				}
				if refusal.GetCode() != c.code {
					t.Errorf("got refusal %q (%s), want %q", refusal.GetCode(), text, c.code)
				}
				if c.code != "" && (refusal.GetZh() == "" || refusal.GetEn() == "") {
					t.Errorf("got refusal %v, want a sentence in both languages", refusal)
				}
				// Beyond the bound only what buffers of the way hold was sent.
				if n := body.n.Load(); n > 16<<20 {
					t.Errorf("%d bytes were sent, want a refusal long before", n)
				}
				// Nothing else is disturbed.
				good := wire.NewCollectorClient(s.Client(), s.URL, wire.ClientOptions()...)
				if _, err := good.Push(t.Context(), connect.NewRequest(&wire.PushRequest{})); err != nil {
					t.Errorf("a good push after it: got %v, want it taken", err)
				}
			})
		}
	}
}

func TestCheckPush(t *testing.T) {
	t.Parallel()
	body := func(results, rows, findings int) []byte {
		b := &wire.BatchBody{}
		for range results {
			b.Results = append(b.Results, &wire.Result{})
		}
		if results > 0 {
			for range rows {
				b.Results[0].Rows = append(b.Results[0].Rows, &wire.Row{})
			}
			for range findings {
				b.Results[0].Findings = append(b.Results[0].Findings, &wire.Finding{})
			}
		}
		encoded, err := proto.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		return encoded
	}
	for _, c := range []struct {
		name   string
		bodies [][]byte
		push   string // of CheckPush
		last   string // of DecodeBody for the last body
	}{
		{"empty", nil, "", ""},
		{"at every bound", [][]byte{body(1, 10_000, 500), body(4_999, 10_000, 500)}, "", ""},
		{"results", [][]byte{body(5_000, 0, 0), body(1, 0, 0)}, wire.CodeTooLarge, ""},
		{"rows", [][]byte{body(1, 10_000, 0), body(1, 10_001, 0)}, wire.CodeTooLarge, ""},
		{"findings", [][]byte{body(1, 0, 1_000), body(1, 0, 1)}, wire.CodeTooLarge, ""},
		{"a batch of too many findings alone", [][]byte{body(1, 0, 1_000), body(1, 0, 1_001)}, "", "findings"},
		{"a batch of too many rows alone", [][]byte{body(1, 20_001, 0)}, "", "rows"},
		{"a batch of too many results alone", [][]byte{body(5_001, 0, 0)}, "", wire.CodeBroken},
		{"a batch of too many messages alone", [][]byte{manyFindings(t, wire.MaxElements)}, "", wire.CodeBroken},
		{"a broken batch", [][]byte{body(1, 0, 0), []byte("\x22\xff")}, "", wire.CodeBroken},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := &wire.PushRequest{}
			for _, b := range c.bodies {
				p.Batches = append(p.Batches, &wire.Batch{Body: b})
			}
			code, err := wire.CheckPush(p)
			if code != c.push || (err != nil) != (c.push != "") || wire.RefusalOf(err).GetCode() != c.push {
				t.Errorf("push: got %q, %v; want %q", code, err, c.push)
			}
			if len(c.bodies) == 0 {
				return
			}
			got, code, err := wire.DecodeBody(c.bodies[len(c.bodies)-1])
			if code != c.last || (err != nil) != (c.last != "") || (got != nil) != (c.last == "") {
				t.Errorf("last body: got %v, %q, %v; want %q", got != nil, code, err, c.last)
			}
		})
	}
}

// TestMillionFindingsCostNoMemory: a body is counted before it is decoded.
// It is not parallel, since it counts allocations.
func TestMillionFindingsCostNoMemory(t *testing.T) {
	body := manyFindings(t, 3_000_000)
	allocations := testing.AllocsPerRun(3, func() {
		if _, code, _ := wire.DecodeBody(body); code != wire.CodeBroken {
			t.Errorf("got code %q, want %q", code, wire.CodeBroken)
		}
	})
	if allocations > 200 {
		t.Errorf("got %v allocations for a body of %d bytes, want it refused before it is decoded", allocations, len(body))
	}
}
