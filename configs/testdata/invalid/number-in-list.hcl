site "hub" {
  kind = "hub"
  check "http" "a" {
    target = "http://10.0.0.1/"
    status = ["200", 301] # WANT status is 301, want a text in quotes
  }
}
