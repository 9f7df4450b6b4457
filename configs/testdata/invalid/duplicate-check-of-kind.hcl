site "hub" {
  kind = "hub"
  check "icmp" "a" {
    target = "10.0.0.1"
  }
}
check "icmp" "a" { # WANT check "a" of site "hub" is described twice
  target = "10.0.0.1"
  kinds  = ["hub"]
}
