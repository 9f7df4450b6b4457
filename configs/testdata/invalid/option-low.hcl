site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target = "10.0.0.1"
    count  = 0 # WANT count is 0, want 1 to 100
  }
}
