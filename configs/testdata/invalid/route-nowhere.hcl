route { # WANT there is a route, but no receiver
}
