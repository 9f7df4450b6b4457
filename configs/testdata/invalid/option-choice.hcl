site "hub" {
  kind = "hub"
  check "http" "x" {
    target = "http://10.0.0.1/"
    method = "HAED" # WANT method is "HAED", want one of: "GET", "HEAD"; did you mean "HEAD"?
  }
}
