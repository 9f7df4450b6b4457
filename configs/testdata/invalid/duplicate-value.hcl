site "hub" {
  kind = "hub"
  kind = "town" # WANT kind is set twice in this block
}
