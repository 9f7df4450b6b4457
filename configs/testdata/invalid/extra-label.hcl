service "portal" "b" { # WANT the head of this block is wrong, want service "portal" { … }
  target = "10.0.0.1"
}
