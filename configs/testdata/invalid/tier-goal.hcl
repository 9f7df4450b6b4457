tier "a" {
  floor = "1Gbps"
  goal  = "100Mbps" # WANT goal is 100Mbit/s, want at least floor, 1Gbit/s
}
