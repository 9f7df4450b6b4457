collector {
  web = "0.0.0.0:7480" # WANT web is "0.0.0.0:7480", want a loopback address and a port
}
