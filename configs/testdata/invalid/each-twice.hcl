site "x" {
  for_each = ["a", "b"]
  id = "same" # WANT "a" and "b" of for_each both make the name "same"
  kind = "hub"
}
