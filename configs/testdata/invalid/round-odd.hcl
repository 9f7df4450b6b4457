indicators {
  round = "7m" # WANT round is 7m, want a length that divides a day
}
