calendar "2027" {
  source   = "通知"
  holidays = ["2027-02-30"] # WANT want a list of days and ranges
  workdays = []
}
