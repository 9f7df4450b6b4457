site "x" {
  for_each = "a" # WANT for_each is "a", want a list
  kind = "hub"
}
