site "hub" { # WANT site "hub" lacks kind, want a kind of site
}
