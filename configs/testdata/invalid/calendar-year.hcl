calendar "27" { # WANT the year of this calendar is "27", want four digits
  source   = "通知"
  holidays = ["2027-01-01"]
  workdays = []
}
