calendar "2027" {
  source   = "通知"
  holidays = ["2026-12-31/2027-01-02"] # WANT want days of 2027
  workdays = []
}
