collector {
  names = ["a", "b", "a"] # WANT names is "a", want every value once
}
