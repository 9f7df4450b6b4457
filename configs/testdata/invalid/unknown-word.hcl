site "hub" {
  kind  = "hub"
  parnt = "x" # WANT "parnt" is no word of site "hub", want one of: name, kind, parent, code, owner, access, demand, cir, gateways, prefixes, hours, profiles, depends_on; did you mean "parent"?
}
