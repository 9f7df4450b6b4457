alert "x" {
  expr = "{site=\"hub\"} > 0" # WANT a rule of severity page selects series without a name
  summary {
    zh = "甲"
    en = "a"
  }
}
