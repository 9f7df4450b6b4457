site "a" {
  kind   = "hub"
  parent = "c" # WANT the parents of these sites form a circle: a → c → b → a
}
site "b" {
  kind   = "town"
  parent = "a"
}
site "c" {
  kind   = "town"
  parent = "b"
}
site "below" {
  kind   = "town"
  parent = "c"
}
