site "hub" {
  kind = “hub” # WANT syntax: Invalid character
}
