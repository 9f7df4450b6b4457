site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target  = "portal.gov.cn"
    want_v6 = true
    v4_only = true # WANT v4_only is true and so is want_v6, want one of them at most
  }
}
