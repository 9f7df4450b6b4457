alert "x" {
  expr      = "fengsui_known_state == 2"
  recovered = "fengsui_check_state <= 1" # WANT a rule of severity page reads fengsui_check_state, want known series only
  summary {
    zh = "甲"
    en = "a"
  }
}
