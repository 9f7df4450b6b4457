//go:build !linux

package path

import (
	"context"

	"fengsui/checks"
)

var reasonSystem = "ICMP errors are heard on Linux only"

// Trace knows how to hear ICMP errors on Linux only.
func Trace(_ context.Context, at checks.Endpoint, _ Options) (Route, checks.Reason) {
	return Route{}, checks.ReasonLocal.With(at.Target, at.Addr.String(), reasonSystem)
}

// MTU knows how to hear ICMP errors on Linux only.
func MTU(_ context.Context, at checks.Endpoint, _ int) (Limit, checks.Reason) {
	return Limit{}, checks.ReasonLocal.With(at.Target, at.Addr.String(), reasonSystem)
}
