site "hub" {
  kind = "hub"
  name = 5 # WANT name is 5, want a text in quotes
}
