site "hub" {
  kind = "hub"
}
check "icmp" "x" {
  target = "10.0.0.1"
  sites = ["hub"]
  elsewhere = "1h" # WANT elsewhere is for checks of a service
}
