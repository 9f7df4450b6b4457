site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target = "10.0.0.1"
    family = "v6" # WANT family is "v6", but the target 10.0.0.1 is an address of the other one
  }
}
