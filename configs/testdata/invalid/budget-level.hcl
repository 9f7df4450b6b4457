unit "a" {
  budget = "yes" # WANT unit "a" is a budget unit and has no level, want level = 1 or 2
}
