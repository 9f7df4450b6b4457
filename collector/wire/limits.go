package wire

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"

	"connectrpc.com/connect"
)

var errorWriter = connect.NewErrorWriter()

// LimitBody lets only requests through that [HandlerOptions] can bound:
// protobuf, plain or zstd, at most MaxCompressed bytes. What announces more is
// refused before a byte of it is read, what does not announce is cut off.
func LimitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := int64(min(bound(r.URL.Path), MaxCompressed))
		if r.ContentLength > limit {
			w.Header().Set("Connection", "close") // nobody reads the rest
			refuse(w, r, http.StatusRequestEntityTooLarge, tooLarge(limit))
			return
		}
		if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/proto" {
			refuse(w, r, http.StatusUnsupportedMediaType, refuseBroken(
				fmt.Sprintf("内容类型为 %q，应为 application/proto", r.Header.Get("Content-Type")),
				fmt.Sprintf("the content type is %q, want application/proto", r.Header.Get("Content-Type"))))
			return
		}
		if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" && e != zstdName {
			refuse(w, r, http.StatusUnsupportedMediaType, refuseBroken(
				fmt.Sprintf("压缩方式为 %q，应为 zstd", e),
				fmt.Sprintf("the request is compressed by %q, want zstd", e)))
			return
		}
		r.Body = &limitedBody{http.MaxBytesReader(w, r.Body, limit), limit}
		next.ServeHTTP(w, r)
	})
}

func tooLarge(limit int64) *connect.Error {
	return refuseTooLarge(
		fmt.Sprintf("请求超过 %d 字节，已拒绝", limit),
		fmt.Sprintf("the request is larger than %d bytes", limit))
}

// limitedBody turns what can go wrong with a body into refusals.
type limitedBody struct {
	io.ReadCloser
	limit int64
}

func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return n, tooLarge(b.limit)
	}
	switch {
	case err == nil || err == io.EOF:
		return n, err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, NewRefusal(connect.CodeDeadlineExceeded, CodeTooLarge,
			"请求未能在规定时间内传完，请减少每次上报的数据", "the request did not arrive in time: send less at a time")
	}
	return n, refuseBroken("请求中断："+err.Error(), "the request was cut off: "+err.Error())
}

// refuse answers a refusal under an HTTP status that walls and people
// understand; connect's own client looks at the body.
func refuse(w http.ResponseWriter, r *http.Request, status int, err *connect.Error) {
	// The only error left is a client that has gone.
	_ = errorWriter.Write(statusWriter{w, status}, r, err)
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w statusWriter) WriteHeader(int) { w.ResponseWriter.WriteHeader(w.status) }
