calendar "2027" {
  source   = "通知"
  holidays = ["2027-01-03/2027-01-01"] # WANT want the first day before the last
  workdays = []
}
