collector {
  ca_cert = "/etc/fengsui/x.pem" # WANT ca_cert is set and ca_key is not
}
