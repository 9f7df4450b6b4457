point "a" { # WANT point "a" does not say what is retrofitted
  kind = "W"
}
