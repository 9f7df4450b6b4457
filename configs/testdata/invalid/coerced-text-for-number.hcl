site "hub" {
  kind = "hub"
  check "icmp" "a" {
    target = "10.0.0.1"
    count  = "3" # WANT count is "3", want a whole number without quotes
  }
}
