site "hub" {
  kind = "hub"
  profiles = ["town"]
}
profile "town" {
  check "icmp" "gateway" {
    target = site.gateway # WANT site "hub" has no gateways for site.gateway, want one
  }
}
