secret "snmp" { # WANT the value of secret "snmp" wants env("NAME") or file("PATH")
  value = "public"
}
