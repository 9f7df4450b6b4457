alert "x" { # WANT alert "x" lacks its block summary { zh = … en = … }
  expr = "fengsui_known_state == 2"
}
