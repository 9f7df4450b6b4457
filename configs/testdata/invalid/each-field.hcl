service "x" {
  for_each = { a = { adress = "10.0.0.1" } }
  target = each.value.address # WANT each.value.address is not there, each.value has: adress; did you mean "adress"?
}
