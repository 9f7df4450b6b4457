site "hub" {
  kind { # WANT kind is a value, want kind = …
  }
  kind = "hub"
}
