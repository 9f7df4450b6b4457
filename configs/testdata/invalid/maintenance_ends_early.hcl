site "a" {
  kind = "hub"
}
maintenance "x" {
  on       = ["site.a"]
  from     = "2026-12-05 22:00"
  to       = "2026-12-05 22:00" # WANT to is 2026-12-05 22:00, want later than from, 2026-12-05 22:00
  approved = "x"
}
