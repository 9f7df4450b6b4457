site "hub" {
  kind = "hub"
}
link "a" {
  between = ["hub", "hbu"] # WANT "hbu" is no site; did you mean "hub"?
}
