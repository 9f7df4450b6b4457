site { # WANT the head of this block is wrong, want site "qingfu" { … }
  kind = "hub"
}
