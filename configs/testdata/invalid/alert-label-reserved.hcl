alert "x" {
  expr = "fengsui_known_state == 2"
  summary {
    zh = "甲"
    en = "a"
  }
  labels {
    severity = "page" # WANT "severity" is set by Fengsui itself, want another name
  }
}
