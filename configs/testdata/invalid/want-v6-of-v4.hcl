site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target  = "portal.gov.cn"
    family  = "v4"
    want_v6 = true # WANT want_v6 is true, so family cannot be "v4"
  }
}
