//go:build !crashpoints

package main

var at func(step string)
