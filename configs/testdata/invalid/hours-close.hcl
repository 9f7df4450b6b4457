hours "x" {
  open  = "18:00"
  close = "08:00" # WANT close is 08:00, want later than open, 18:00
}
