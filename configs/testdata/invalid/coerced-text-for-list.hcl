site "hub" {
  kind = "hub"
}
check "icmp" "a" {
  target = "10.0.0.1"
  sites  = "hub" # WANT sites is "hub", want a list of texts such as ["a", "b"]
}
