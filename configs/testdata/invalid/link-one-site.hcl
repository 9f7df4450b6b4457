site "hub" {
  kind = "hub"
}
link "a" {
  between = ["hub"] # WANT between is ["hub"], want two sites
}
