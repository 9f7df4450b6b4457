collector {
  disk {
    refuse_below = "200MB" # WANT refuse_below is "200MB", want a size such as "512MiB"
  }
}
