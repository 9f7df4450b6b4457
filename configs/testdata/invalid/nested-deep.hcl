site "hub" {
  name = ((((((((((((((((((((((((((((((((((((((((1)))))))))))))))))))))))))))))))))))))))) # WANT brackets or operators are nested more than 32 deep
}
