# 业务系统不通：至少两个观测点看到中断；有结论的观测点不足两个时，它最近 5 次观测有 3 次中断。每个业务一条，只有一个地址族中断时标明 IPv4 或 IPv6。
# A service is down: two vantages see it so, or the only one that has an opinion
# saw it so in three of its last five looks. What comes back within ten minutes
# stays one alert. One alert a service; where one family alone is down, it says which.
#
# This rule is built in. An alert "target_down" of your own replaces it.
alert "target_down" {
  expr = <<-EOT
    (
        count by (node, name, tier, family) (count by (site, node, name, tier, family) ((fengsui_known_state{family="pair"} == 2) * on (site, check) group_left (node, name, tier) fengsui_target_info{kind="service", role!="resolver"})) >= 2
        or
        count by (node, name, tier, family) (count by (site, node, name, tier, family) ((fengsui_known_state{family="pair"} == 2 and fengsui_known_down_looks{family="pair"} >= 3) * on (site, check) group_left (node, name, tier) fengsui_target_info{kind="service", role!="resolver"}))
          >= count by (node, name, tier, family) (count by (site, node, name, tier, family) ((fengsui_known_state{family="pair"} <= 2) * on (site, check) group_left (node, name, tier) fengsui_target_info{kind="service", role!="resolver"}))
    )
    or
    (
        count by (node, name, tier, family) (count by (site, node, name, tier, family) ((fengsui_known_state{family=~"4|6"} == 2) * on (site, check) group_left (node, name, tier) fengsui_target_info{kind="service", role!="resolver"})) >= 2
        or
        count by (node, name, tier, family) (count by (site, node, name, tier, family) ((fengsui_known_state{family=~"4|6"} == 2 and fengsui_known_down_looks{family=~"4|6"} >= 3) * on (site, check) group_left (node, name, tier) fengsui_target_info{kind="service", role!="resolver"}))
          >= count by (node, name, tier, family) (count by (site, node, name, tier, family) ((fengsui_known_state{family=~"4|6"} <= 2) * on (site, check) group_left (node, name, tier) fengsui_target_info{kind="service", role!="resolver"}))
    ) unless on (node) (
        count by (node, name, tier, family) (count by (site, node, name, tier, family) ((fengsui_known_state{family="pair"} == 2) * on (site, check) group_left (node, name, tier) fengsui_target_info{kind="service", role!="resolver"})) >= 2
        or
        count by (node, name, tier, family) (count by (site, node, name, tier, family) ((fengsui_known_state{family="pair"} == 2 and fengsui_known_down_looks{family="pair"} >= 3) * on (site, check) group_left (node, name, tier) fengsui_target_info{kind="service", role!="resolver"}))
          >= count by (node, name, tier, family) (count by (site, node, name, tier, family) ((fengsui_known_state{family="pair"} <= 2) * on (site, check) group_left (node, name, tier) fengsui_target_info{kind="service", role!="resolver"}))
    )
  EOT
  recovered = <<-EOT
    max by (node, family) ((fengsui_known_state <= 1) * on (site, check) group_left (node) fengsui_target_info{kind="service", role!="resolver"})
  EOT
  for       = "5s"
  hold_down = "10m"
  severity  = "page"

  title {
    zh = "{{ if ne $labels.family `pair` }}IPv{{ $labels.family }} {{ end }}中断"
    en = "down{{ if ne $labels.family `pair` }} over IPv{{ $labels.family }}{{ end }}"
  }

  summary {
    zh = "{{ $labels.name }}{{ if ne $labels.family `pair` }} IPv{{ $labels.family }} {{ end }}中断：{{ $value }} 个观测点不通"
    en = "{{ $labels.name }} is down{{ if ne $labels.family `pair` }} over IPv{{ $labels.family }}{{ end }}: vantages that cannot reach it: {{ $value }}"
  }

  next_step {
    zh = "从区级节点执行 fengsui-agent check 复核；确认后通知责任单位{{ if eq $labels.family `6` }}，重点核对 AAAA 记录和 IPv6 路由{{ end }}"
    en = "check it again from the hub with fengsui-agent check, then tell the unit in charge{{ if eq $labels.family `6` }}; look at its AAAA record and IPv6 route first{{ end }}"
  }
}
