variable "a" {
  default = "x"
}
variables {
  a = "${var.a}x" # WANT a is the expression "${var.a}x", want a plain value or a name such as var.NAME
}
