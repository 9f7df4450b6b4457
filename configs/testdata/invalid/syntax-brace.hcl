site "hub" { # WANT syntax: Unclosed configuration block
  kind = "hub"
