site "hub" {
  kind = "hub"
}
site "b" {
  kind = "town"
}
link "a" {
  between = ["hub", "b"]
  circuit "x" {
    device    = "core" # WANT "core" is no device
    interface = "ge-0/0/0"
  }
}
