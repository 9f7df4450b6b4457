service "a" {
  target = "10.0.0.1"
  depends_on = ["service.b"] # WANT "b" is no service
}
