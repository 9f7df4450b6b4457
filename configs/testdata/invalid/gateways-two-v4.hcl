site "hub" {
  kind = "hub"
  gateways = ["10.0.0.1", "10.0.0.2"] # WANT gateways is ["10.0.0.1", "10.0.0.2"], want at most one IPv4 and one IPv6 address
}
