site "hub" {
  kind = "hub"
  check "icmp" "a" {
    target  = "portal.gov.cn"
    want_v6 = "true" # WANT want_v6 is "true", want true or false without quotes
  }
}
