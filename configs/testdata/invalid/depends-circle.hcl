service "a" {
  target = "10.0.0.1"
  depends_on = ["service.b"] # WANT these depend on one another in a circle: service.a → service.b → service.a
}
service "b" {
  target = "10.0.0.2"
  depends_on = ["service.a"]
}
