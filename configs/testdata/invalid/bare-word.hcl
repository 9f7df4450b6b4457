site "hub" {
  kind = hub # WANT kind is hub without quotes, want "hub"
}
