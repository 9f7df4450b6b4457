site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target = "224.0.0.1" # WANT target "224.0.0.1" is at 224.0.0.1, want the address of one host
  }
}
