service "a" {
  target = "10.0.0.1"
}
indicators {
  quorum = ["a"]
  quorum_need = 3 # WANT quorum_need is 3, want at most 2
}
