site "hub" {
  kind = "hub"
  name = null # WANT name is null, want a value; leave the line out for the default
}
