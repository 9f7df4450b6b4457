site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target = "10.0.0.1"
    family = "ipv6" # WANT family is "ipv6", want one of: "both", "v4", "v6"
  }
}
