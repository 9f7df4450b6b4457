site "hub" {
  kind = "hub"
  check "icmp" "x" {
    target        = "10.0.0.1"
    loss_degraded = 0.2 # WANT loss_degraded is 0.2, want a percentage such as "5%"
  }
}
