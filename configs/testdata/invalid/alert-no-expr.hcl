alert "x" { # WANT alert "x" lacks expr, want a PromQL expression
  summary {
    zh = "甲"
    en = "a"
  }
}
