alert "x" {
  expr = "fengsui_known_state == 2"
  summary { zh = "甲", en = "a" } # WANT syntax: Invalid single-argument block definition
}
