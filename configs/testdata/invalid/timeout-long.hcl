site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target   = "10.0.0.1"
    interval = "10s"
    timeout  = "20s" # WANT timeout is 20s, longer than the interval 10s, want at most the interval
  }
}
