site "hub" {
  kind = "hub"
  check "icmp" "x" {
    service = "portl" # WANT "portl" is no service; did you mean "portal"?
  }
}
service "portal" {
  target = "10.0.0.1"
}
