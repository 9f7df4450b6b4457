site "a" {
  kind = "hub"
  check "icmp" "x" {
    target = "10.0.0.1"
    sites  = ["a"] # WANT "sites" is no word of check "icmp" "x"
  }
}
