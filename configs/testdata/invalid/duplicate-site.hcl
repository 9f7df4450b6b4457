site "hub" {
  kind = "hub"
}
site "hub" { # WANT site "hub" is described twice, first at duplicate-site.hcl:1
  kind = "town"
}
