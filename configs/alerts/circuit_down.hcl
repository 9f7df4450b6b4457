# 线路中断，且同一链路没有其他可用线路。
# A circuit is down, and no other circuit of its link works.
#
# This rule is built in. An alert "circuit_down" of your own replaces it.
alert "circuit_down" {
  expr = <<-EOT
    max by (node, name, link) ((fengsui_known_state{family="pair"} == 2) * on (site, check) group_left (node, name, link) fengsui_target_info{kind="circuit"})
      unless on (link) count by (link) (max by (node, name, link) ((fengsui_known_state{family="pair"} <= 1) * on (site, check) group_left (node, name, link) fengsui_target_info{kind="circuit"}))
  EOT
  recovered = <<-EOT
    max by (link) ((fengsui_known_state{family="pair"} <= 1) * on (site, check) group_left (link) fengsui_target_info{kind="circuit"})
  EOT
  for       = "5s"
  hold_down = "10m"
  severity  = "page"

  title {
    zh = "线路中断"
    en = "circuit down"
  }

  summary {
    zh = "{{ $labels.name }}线路中断，没有其他可用线路"
    en = "the line {{ $labels.name }} is down and has no other circuit"
  }

  next_step {
    zh = "查看两端光模块和设备供电；无异常即向运营商报障并报线路编号"
    en = "look at the optics and the power of both ends; when they are well, report the circuit number to its carrier"
  }
}
