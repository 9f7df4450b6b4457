site "hub" {
  kind = "hub"
  check "icmp" "a" {
    target = "10.0.0.1"
  }
  check "http" "a" { # WANT check "a" of site "hub" is described twice, first at duplicate-check.hcl:3; the name must be unique at a site, whatever the kind
    target = "http://10.0.0.1/"
  }
}
