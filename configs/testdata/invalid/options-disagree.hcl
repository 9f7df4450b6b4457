site "hub" {
  kind = "hub"
  check "icmp" "x" { # WANT 100 requests at 1s take 1m40s, want at most a minute
    target = "10.0.0.1"
    count  = 100
    gap    = "1s"
  }
}
