calendar "2027" {
  source   = "通知"
  holidays = ["2027-01-01"]
  workdays = ["2027-01-04"] # WANT 2027-01-04 is a Monday and worked anyway
}
