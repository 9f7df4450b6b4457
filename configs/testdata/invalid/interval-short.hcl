site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target   = "10.0.0.1"
    interval = "500ms" # WANT interval is "500ms", want 1s to 31d
  }
}
