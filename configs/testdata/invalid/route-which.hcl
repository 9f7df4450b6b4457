receiver "a" {
  webhook {
    url = "http://127.0.0.1/"
  }
}
receiver "b" {
  webhook {
    url = "http://127.0.0.1/"
  }
}
route { # WANT there are several receivers (a, b), so route wants a receiver
}
