receiver "a" {
  webhook {
    url = "http://127.0.0.1/"
  }
}
route {
  repeat_interval = "1m" # WANT repeat_interval is 1m, want at least the group_interval 5m
}
