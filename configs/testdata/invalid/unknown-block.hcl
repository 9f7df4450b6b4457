sites "hub" { # WANT ; did you mean "site"?
  kind = "hub"
}
