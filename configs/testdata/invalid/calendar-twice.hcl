calendar "2027" {
  source   = "通知"
  holidays = ["2027-01-01"]
  workdays = []
}
calendar "2027" { # WANT is described twice
  source   = "通知"
  holidays = ["2027-01-01"]
  workdays = []
}
