variable "portal" {
  default = "10.0.0.1"
}
service "a" {
  target = var.portl # WANT var.portl is not there, var has: portal; did you mean "portal"?
}
