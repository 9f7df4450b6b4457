service "a" {
  target = "10.0.0.1"
}
service "a" { # WANT service "a" is described twice, first at duplicate-service.hcl:1
  target = "10.0.0.2"
}
