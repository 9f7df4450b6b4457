collector {
  ca_key = "/etc/fengsui/x.pem" # WANT ca_key is set and ca_cert is not
}
