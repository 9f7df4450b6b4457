alert "x" {
  expr = "fengsui_known_state == 2"
  summary {
    zh = "甲"
    en = "{{ query \"up\" }}" # WANT the template of en is wrong: function "query" not defined
  }
}
