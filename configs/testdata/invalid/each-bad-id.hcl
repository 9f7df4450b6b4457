site "x" {
  for_each = ["A"] # WANT for_each makes the name "x-A", want a name
  kind = "hub"
}
