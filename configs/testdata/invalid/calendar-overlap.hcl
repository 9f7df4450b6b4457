calendar "2027" {
  source   = "通知"
  holidays = ["2027-01-01/2027-01-03", "2027-01-03"] # WANT 2027-01-03 is listed twice
  workdays = []
}
