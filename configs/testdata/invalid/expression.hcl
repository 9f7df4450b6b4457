site "hub" {
  kind = "hub"
  name = "区${var.x}" # WANT name is the expression "区${var.x}", want a plain value
}
