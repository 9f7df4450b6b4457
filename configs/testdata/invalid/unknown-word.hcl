site "hub" {
  kind  = "hub"
  parnt = "x" # WANT "parnt" is no word of site "hub", want one of: name, kind, parent; did you mean "parent"?
}
