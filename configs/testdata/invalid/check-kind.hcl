site "a" {
  kind = "hub"
  check "imcp" "x" { # WANT "imcp" is no kind of check, want one of: icmp, http; did you mean "icmp"?
    target = "10.0.0.1"
    whatever = 1
  }
}
