calendar "2027" {
  source   = "通知"
  holidays = ["2027-01-03/2027-10-03"] # WANT want a range of at most 16 days
  workdays = []
}
