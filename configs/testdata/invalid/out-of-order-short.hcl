collector {
  history {
    out_of_order = "1d" # WANT out_of_order is 1d, want at least keep, 7d: what sites send late would be refused
  }
}
