alert "x" {
  expr = "fengsui_icmp_loss_ratio > 0.2 and on (site) fengsui_site_info" # WANT a rule of severity page reads fengsui_icmp_loss_ratio, want known series only
  summary {
    zh = "甲"
    en = "a"
  }
}
