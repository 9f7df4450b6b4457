// Package wire is the contract between agents and the collector: the messages
// of fengsui.proto, the client and handler that are generated from them, and
// the bounds that both sides keep.
package wire

import (
	"crypto/sha256"
	"encoding/binary"
)

// Protocol is the number that Hello carries.
const Protocol = 1

// Bounds of design: what an agent makes and what the collector takes.
const (
	MaxBatch        = 64 << 10  // bytes of a batch's body; a larger result is a batch alone
	MaxSend         = 256 << 10 // bytes of a compressed push that an agent sends
	MaxCompressed   = 1 << 20   // bytes of a compressed push that the collector takes
	MaxDecompressed = 8 << 20   // bytes of the same after decompression
	MaxResults      = 5000      // results of a push
	MaxRows         = 20000     // rows of a push
	MaxFindings     = 1000      // findings of a push
	MaxRowsOfResult = 64        // rows of a result
	MaxInterfaces   = 2048      // rows of a result whose rows are interfaces
	MaxKey          = 128       // bytes of a row key
	MaxRanges       = 1000      // ranges that Hello answers
)

// RowsOfResult is how many rows a result may have of a kind with this row key.
func RowsOfResult(rowKey string) int {
	if rowKey == "interface" {
		return MaxInterfaces
	}
	return MaxRowsOfResult
}

// Digest is the digest of a batch: the first 8 bytes of SHA-256 of its body.
func Digest(body []byte) uint64 {
	sum := sha256.Sum256(body)
	return binary.BigEndian.Uint64(sum[:8])
}
