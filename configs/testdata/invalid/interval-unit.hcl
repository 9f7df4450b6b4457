site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target   = "10.0.0.1"
    interval = "10" # WANT interval is "10", want a length of time such as "500ms", "10s", "5m" or "7d"
  }
}
