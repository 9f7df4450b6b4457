site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target = "10.0.0.1"
    count  = 1e999999 # WANT count is 1e999999, want a whole number without quotes
  }
}
