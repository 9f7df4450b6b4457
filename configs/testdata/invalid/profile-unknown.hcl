site "hub" {
  kind = "hub"
  profiles = ["town"] # WANT "town" is no profile
}
