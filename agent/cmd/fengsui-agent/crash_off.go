//go:build !crashpoints

package main

import "io"

// crashPoints returns nothing: a product never kills itself.
func crashPoints(io.Writer) func(string) { return nil }

// segment is as usual.
func segment() int64 { return 0 }
