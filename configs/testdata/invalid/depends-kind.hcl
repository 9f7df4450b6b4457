service "a" {
  target = "10.0.0.1"
  depends_on = ["sevice.b"] # WANT "sevice.b" is of no kind that others depend on
}
