package wire

import (
	"bytes"
	"io"
	"testing"

	"github.com/klauspost/compress/zstd"
)

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestDecompressorStops: after its bound a decompressor puts nothing out, not
// even to connect, which reads on to say how large the message was.
func TestDecompressorStops(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	e, err := zstd.NewWriter(&bomb, zstd.WithWindowSize(sendWindow))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(e, zeroReader{}, 64<<20); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	d := newDecompressor(MaxDecompressed)()
	for round := range 2 { // as the pool uses it again
		in := bytes.NewBuffer(bomb.Bytes())
		if err := d.Reset(in); err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, struct{ io.Reader }{d})
		if n != MaxDecompressed || RefusalOf(err).GetCode() != CodeTooLarge {
			t.Errorf("round %d: got %d bytes and %v, want %d bytes and %s", round, n, err, MaxDecompressed, CodeTooLarge)
		}
		if n, err := io.Copy(io.Discard, struct{ io.Reader }{d}); n != 0 || RefusalOf(err).GetCode() != CodeTooLarge {
			t.Errorf("round %d, read on: got %d bytes and %v, want none and %s", round, n, err, CodeTooLarge)
		}
		if in.Len() == 0 {
			t.Errorf("round %d: the bomb was read to its end", round)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	just := bytes.NewBuffer(nil)
	e.Reset(just)
	if _, err := io.CopyN(e, zeroReader{}, MaxDecompressed); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Reset(just); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, struct{ io.Reader }{d}); n != MaxDecompressed || err != nil {
		t.Errorf("a body that just fits: got %d bytes and %v, want %d", n, err, MaxDecompressed)
	}
}
