site "Hub 1" { # WANT site is "Hub 1", want a name of 1 to 63 characters out of a-z, 0-9, - and _
  kind = "hub"
}
