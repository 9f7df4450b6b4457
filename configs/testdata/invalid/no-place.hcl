check "icmp" "x" { # WANT check "icmp" "x" does not say which sites run it, want sites = [ … ] or kinds = [ … ]
  target = "10.0.0.1"
}
