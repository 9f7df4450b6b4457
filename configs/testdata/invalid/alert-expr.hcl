alert "x" {
  expr = "max(fengsui_known_state" # WANT expr is no valid PromQL: 1:9: parse error: unclosed left parenthesis
  summary {
    zh = "甲"
    en = "a"
  }
}
