site "a" {
  kind = "hub"
}
maintenance "x" {
  on       = ["site.a"]
  from     = "12月5日 22:00" # WANT a day and time such as
  to       = "2026-12-06 06:00"
  approved = "x"
}
