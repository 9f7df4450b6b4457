site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target = "10.0.0.1"
    cuont  = 3 # WANT "cuont" is no word of check "icmp" "x", want one of: target, service, link, device, unit, interval, timeout, family, want_v6, v4_only, count, gap, loss_degraded; did you mean "count"?
  }
}
