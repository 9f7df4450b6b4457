variable "portal" {
  default = "10.0.0.1"
}
variables {
  potral = "10.0.0.2" # WANT potral is no variable, want a block variable "…" { } for it; did you mean "portal"?
}
