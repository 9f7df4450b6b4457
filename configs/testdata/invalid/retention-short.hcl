collector {
  history {
    retention = "30d" # WANT retention is 30d, want at least out_of_order, 31d
  }
}
