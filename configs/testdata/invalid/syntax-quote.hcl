site "hub" {
  kind = "hub
  # WANT^ syntax: Invalid multi-line string
}
