site "hub" {
  kind = "hub"
  name = each.key # WANT each.key means nothing here, want a name of: var
}
