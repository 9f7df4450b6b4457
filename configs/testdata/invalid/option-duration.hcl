site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target = "10.0.0.1"
    gap    = "1m" # WANT gap is "1m", want 10ms to 10s
  }
}
