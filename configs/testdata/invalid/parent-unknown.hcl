site "hub" {
  kind = "hub"
}
site "qingfu" {
  kind   = "town"
  parent = "hubb" # WANT parent "hubb" is no site; did you mean "hub"?
}
