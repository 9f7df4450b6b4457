variable "n" {
  default = 5
}
site "hub" {
  kind = "hub"
  name = var.n # WANT name is var.n = 5, want a text in quotes
}
