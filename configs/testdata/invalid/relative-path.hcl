collector {
  data = "data" # WANT data is "data", want an absolute path such as "/var/lib/fengsui"
}
