site "hub" {
  kind = "hub"
  name = upper("x") # WANT name is the expression upper("x"), want a plain value
}
