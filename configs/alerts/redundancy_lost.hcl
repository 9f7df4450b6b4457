# 双链路失去冗余：一条线路中断，业务仍由另一条承载。
# Redundancy is lost: a circuit is down, and another one carries its link.
#
# This rule is built in. An alert "redundancy_lost" of your own replaces it.
alert "redundancy_lost" {
  expr = <<-EOT
    max by (node, name, link) ((fengsui_known_state{family="pair"} == 2) * on (site, check) group_left (node, name, link) fengsui_target_info{kind="circuit"})
      and on (link) count by (link) (max by (node, name, link) ((fengsui_known_state{family="pair"} <= 1) * on (site, check) group_left (node, name, link) fengsui_target_info{kind="circuit"}))
  EOT
  recovered = <<-EOT
    max by (node) ((fengsui_known_state{family="pair"} <= 1) * on (site, check) group_left (node) fengsui_target_info{kind="circuit"})
  EOT
  for       = "30s"
  hold_down = "10m"
  severity  = "ticket"

  title {
    zh = "失去冗余"
    en = "redundancy lost"
  }

  summary {
    zh = "{{ $labels.name }}失去冗余：一条线路中断，业务由其余线路承载"
    en = "the link {{ $labels.name }} has lost its redundancy: one circuit is down, the others carry it"
  }

  next_step {
    zh = "向运营商报障；修复前不要在其余线路上施工"
    en = "report it to its carrier; no work on the other circuits until it is mended"
  }
}
