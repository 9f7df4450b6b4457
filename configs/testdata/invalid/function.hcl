site "hub" {
  kind = "hub"
  name = upper("x") # WANT upper is a function, want a value: only the value of a secret may be env("NAME") or file("PATH")
}
