alert "x" {
  expr = "fengsui_known_state == 2"
  summary {
    zh = "{{ $labels.site }" # WANT the template of zh is wrong: unexpected "}" in operand
    en = "a"
  }
}
