package wire

import (
	"errors"
	"fmt"
	"io"

	"connectrpc.com/connect"
	"github.com/klauspost/compress/zstd"
)

const (
	// sendWindow is the sender's window: with it an encoder costs about 1 MiB,
	// with the library's default 8 MiB for each processor.
	sendWindow = 256 << 10
	// takeWindow is the largest window that a receiver makes room for.
	takeWindow = 1 << 20
	// compressFrom is the size below which compression costs more than it saves.
	compressFrom = 512
)

const zstdName = "zstd"

// newCompressor returns a streaming zstd encoder without goroutines.
func newCompressor() connect.Compressor {
	e, err := zstd.NewWriter(nil,
		zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(sendWindow),
		zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithLowerEncoderMem(true),
		zstd.WithEncoderCRC(false)) // TLS guards the bytes on the way, digests those in batches
	if err != nil {
		panic("BUG: zstd encoder options: " + err.Error())
	}
	return e
}

// A decompressor reads zstd and fails once it has put out more than max bytes.
// Connect itself would read a bomb to its end, to say how large it was.
type decompressor struct {
	zstd *zstd.Decoder
	max  int64
	left int64
	err  error // sticks, so that nobody reads on
}

// newDecompressor returns a constructor of decompressors bounded to max bytes
// of output.
func newDecompressor(max int64) func() connect.Decompressor {
	return func() connect.Decompressor {
		d, err := zstd.NewReader(nil,
			zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(takeWindow), zstd.WithDecoderMaxMemory(MaxDecompressed),
			zstd.WithDecodeBuffersBelow(0)) // else Reset decodes a small body whole, before anybody reads
		if err != nil {
			panic("BUG: zstd decoder options: " + err.Error())
		}
		return &decompressor{zstd: d, max: max, left: max}
	}
}

// Read reads decompressed bytes. Its errors are refusals: too_large past the
// bound, broken for what is not zstd.
func (d *decompressor) Read(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	if int64(len(p)) > d.left+1 {
		p = p[:d.left+1] // one byte more tells too large from just fitting
	}
	n, err := d.zstd.Read(p)
	if int64(n) > d.left {
		d.err = refuseTooLarge(
			fmt.Sprintf("请求解压后超过 %d 字节，已拒绝", d.max),
			fmt.Sprintf("the request is larger than %d bytes after decompression", d.max))
		return int(d.left), d.err
	}
	d.left -= int64(n)
	switch {
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		d.err = refuseTooLarge(
			fmt.Sprintf("请求的 zstd 窗口超过 %d 字节，已拒绝", takeWindow),
			fmt.Sprintf("the request needs a zstd window larger than %d bytes", takeWindow))
	case err != nil && err != io.EOF:
		d.err = refuseBroken("请求不是有效的 zstd 数据："+err.Error(), "the request is not valid zstd: "+err.Error())
	default:
		d.err = err
	}
	return n, d.err
}

// Reset makes the decompressor read from r.
func (d *decompressor) Reset(r io.Reader) error {
	d.left, d.err = d.max, nil
	return d.zstd.Reset(r)
}

// Close keeps the decoder, which the pool will use again; it holds no
// goroutine and no file.
func (*decompressor) Close() error { return nil }
