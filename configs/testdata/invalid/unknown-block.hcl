sites "hub" { # WANT "sites" is no block of the top level of the file, want one of: collector, site, service, check, alert, receiver, route; did you mean "site"?
  kind = "hub"
}
