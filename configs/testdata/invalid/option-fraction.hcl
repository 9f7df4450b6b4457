site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target = "10.0.0.1"
    count  = 2.5 # WANT count is 2.5, want a whole number without quotes
  }
}
