alert "x" {
  expr = "fengsui_known_state == 2"
  summary {
    zh = "甲"
    en = "{{ if true }}{{ range 9000000000 }}x{{ end }}{{ end }}" # WANT the template of en has range, template, block or define, want none of them
  }
}
