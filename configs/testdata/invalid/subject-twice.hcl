site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target = "10.0.0.1"
    service = "a"
    link = "b" # WANT check "icmp" "x" has both service and link, want one of them
  }
}
service "a" {
  target = "10.0.0.1"
}
