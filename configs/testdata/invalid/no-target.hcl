site "a" {
  kind = "hub"
  check "icmp" "x" { # WANT check "icmp" "x" has no target, want target = … or service = …
  }
}
