site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target = "10.0.0.1/24" # WANT target "10.0.0.1/24": want a name or an address
  }
}
