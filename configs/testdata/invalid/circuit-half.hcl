site "hub" {
  kind = "hub"
}
site "b" {
  kind = "town"
}
link "a" {
  between = ["hub", "b"]
  circuit "x" { # WANT circuit "x" has one of device and interface, want both or neither
    interface = "ge-0/0/0"
  }
}
