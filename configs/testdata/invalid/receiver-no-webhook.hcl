receiver "noc" { # WANT receiver "noc" lacks its block webhook { … }
}
