site "hub" {
  kind = "hub"
}
check "icmp" "x" {
  target = "10.0.0.1"
  sites  = ["hub", "qingfu"] # WANT "qingfu" is no site
}
