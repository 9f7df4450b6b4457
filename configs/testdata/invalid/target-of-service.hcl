site "hub" {
  kind = "hub"
  check "http" "x" {
    service = "portal" # WANT target "10.0.0.1": want a URL
  }
}
service "portal" {
  target = "10.0.0.1"
}
