unit "caizheng" {
}
site "hub" {
  kind = "hub"
  owner = "caizhen" # WANT "caizhen" is no unit; did you mean "caizheng"?
}
