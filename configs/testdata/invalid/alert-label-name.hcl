alert "x" {
  expr = "fengsui_known_state == 2"
  summary {
    zh = "甲"
    en = "a"
  }
  labels {
    my-area = "a" # WANT the name is "my-area", want a label name
  }
}
