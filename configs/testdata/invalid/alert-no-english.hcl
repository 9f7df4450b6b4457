alert "x" {
  expr = "fengsui_known_state == 2"
  summary { # WANT summary lacks en, want one sentence
    zh = "甲"
  }
}
