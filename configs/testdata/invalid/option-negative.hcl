site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target = "10.0.0.1"
    count  = -3 # WANT count is -3, want 1 to 100
  }
}
