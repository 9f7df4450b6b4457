site "a" {
  kind = "twon" # WANT kind is "twon", want one of: "city", "hub", "town", "community", "hall"; did you mean "town"?
}
