calendar "2027" { # WANT lacks source, want the name and date of the notice
  holidays = ["2027-01-01"]
  workdays = []
}
