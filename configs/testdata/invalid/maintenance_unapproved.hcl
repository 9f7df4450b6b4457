site "a" {
  kind = "hub"
}
maintenance "x" { # WANT who approved it
  on   = ["site.a"]
  from = "2026-12-05 22:00"
  to   = "2026-12-06 06:00"
}
