alert "x" {
  expr     = "fengsui_known_state == 2"
  severity = "critical" # WANT severity is "critical", want one of: "page", "ticket", "info"
  summary {
    zh = "甲"
    en = "a"
  }
}
