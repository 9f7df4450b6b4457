# 线路低于底线：速率或质量未达到等级的底线值。
# A line is below its floor: its rate or quality is less than its tier wants.
#
# This rule is built in. An alert "line_below_floor" of your own replaces it.
alert "line_below_floor" {
  expr = <<-EOT
    max by (node, name, link) ((fengsui_known_state{family="pair"} == 1) * on (site, check) group_left (node, name, link) fengsui_target_info{kind="circuit"})
  EOT
  recovered = <<-EOT
    max by (node) ((fengsui_known_state{family="pair"} == 0) * on (site, check) group_left (node) fengsui_target_info{kind="circuit"})
  EOT
  for      = "1m"
  severity = "ticket"

  title {
    zh = "低于底线"
    en = "below its floor"
  }

  summary {
    zh = "{{ $labels.name }}低于底线值"
    en = "the line {{ $labels.name }} is below its floor"
  }

  next_step {
    zh = "核对端口协商速率和合同带宽，再查误码"
    en = "compare the negotiated speed with the contract, then look at errors"
  }
}
