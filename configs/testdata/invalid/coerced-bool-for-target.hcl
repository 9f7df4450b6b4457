service "portal" {
  target = true # WANT target is true, want a text in quotes
}
