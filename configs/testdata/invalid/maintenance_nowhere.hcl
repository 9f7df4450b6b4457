maintenance "x" {
  on       = ["site.nowhere"] # WANT nowhere
  from     = "2026-12-05 22:00"
  to       = "2026-12-06 06:00"
  approved = "x"
}
