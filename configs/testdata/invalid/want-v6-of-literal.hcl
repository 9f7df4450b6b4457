site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target  = "fd00::1"
    want_v6 = true # WANT want_v6 is true, want a name as target: fd00::1 is an address and has no AAAA record
  }
}
