//go:build !crashpoints

package main

import "io"

// crashPoints returns nothing: a product never kills itself.
func crashPoints(io.Writer) func(string) { return nil }
