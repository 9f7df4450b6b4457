site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target  = "192.0.2.1"
    v4_only = true # WANT v4_only is true, want a name as target: 192.0.2.1 is an address and has no AAAA record
  }
}
