receiver "noc" {
  webhook {
    url = "http://a:b@127.0.0.1/" # WANT want a URL that starts with http:// or https:// and holds no user or password
  }
}
