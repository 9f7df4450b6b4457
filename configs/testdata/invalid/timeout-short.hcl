site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target  = "10.0.0.1"
    timeout = "2s" # WANT timeout is 2s, want at least 3.1s: a run with these options takes that long
    count   = 4
    gap     = "1s"
  }
}
