receiver "noc" {
  webhook {
    url = "ftp://127.0.0.1/" # WANT url is "ftp://127.0.0.1/", want a URL that starts with http:// or https:// and holds no user or password
  }
}
