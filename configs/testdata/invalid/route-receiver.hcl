receiver "noc" {
  webhook {
    url = "http://127.0.0.1/"
  }
}
route {
  receiver = "nok" # WANT "nok" is no receiver; did you mean "noc"?
}
