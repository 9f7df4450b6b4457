alert "x" {
  expr = "fengsui_known_state == 2"
  summary {
    zh = "甲"
    en = "a"
  }
  labels {
    floor = 3 # WANT floor is 3, want a text in quotes
  }
}
