site "a" {
  kind   = "hub"
  parent = "a" # WANT the parents of these sites form a circle: a → a
}
