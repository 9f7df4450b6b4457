site "hub" {
  kind = "hub"
  name = "区${1 + 2}" # WANT name is the expression "区${1 + 2}", want a plain value or a name such as var.NAME
}
