site "a" {
  kind = "hub"
}
maintenance "x" {
  on       = ["site.a"]
  from     = "2026-12-05 22:00"
  to       = "2027-12-06 22:00" # WANT want at most 31d
  approved = "x"
}
