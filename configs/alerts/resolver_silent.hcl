# 域名解析服务不应答：依赖它的业务将按登记地址观测，没有登记地址的为无法判断。
# 两个观测点看到，或唯一的观测点最近 5 次观测有 3 次不应答。
# A resolver does not answer: what depends on it is looked at by its declared
# address, and cannot be judged where it has none. Two vantages see it so, or the
# only one did in three of its last five looks.
#
# This rule is built in. An alert "resolver_silent" of your own replaces it.
alert "resolver_silent" {
  expr = <<-EOT
    (
        count by (node, name, tier, family) (count by (site, node, name, tier, family) ((fengsui_known_state{family="pair"} == 2) * on (site, check) group_left (node, name, tier) fengsui_target_info{kind="service", role="resolver"})) >= 2
        or
        count by (node, name, tier, family) (count by (site, node, name, tier, family) ((fengsui_known_state{family="pair"} == 2 and fengsui_known_down_looks{family="pair"} >= 3) * on (site, check) group_left (node, name, tier) fengsui_target_info{kind="service", role="resolver"}))
          >= count by (node, name, tier, family) (count by (site, node, name, tier, family) ((fengsui_known_state{family="pair"} <= 2) * on (site, check) group_left (node, name, tier) fengsui_target_info{kind="service", role="resolver"}))
    )
    or
    (
        count by (node, name, tier, family) (count by (site, node, name, tier, family) ((fengsui_known_state{family=~"4|6"} == 2) * on (site, check) group_left (node, name, tier) fengsui_target_info{kind="service", role="resolver"})) >= 2
        or
        count by (node, name, tier, family) (count by (site, node, name, tier, family) ((fengsui_known_state{family=~"4|6"} == 2 and fengsui_known_down_looks{family=~"4|6"} >= 3) * on (site, check) group_left (node, name, tier) fengsui_target_info{kind="service", role="resolver"}))
          >= count by (node, name, tier, family) (count by (site, node, name, tier, family) ((fengsui_known_state{family=~"4|6"} <= 2) * on (site, check) group_left (node, name, tier) fengsui_target_info{kind="service", role="resolver"}))
    ) unless on (node) (
        count by (node, name, tier, family) (count by (site, node, name, tier, family) ((fengsui_known_state{family="pair"} == 2) * on (site, check) group_left (node, name, tier) fengsui_target_info{kind="service", role="resolver"})) >= 2
        or
        count by (node, name, tier, family) (count by (site, node, name, tier, family) ((fengsui_known_state{family="pair"} == 2 and fengsui_known_down_looks{family="pair"} >= 3) * on (site, check) group_left (node, name, tier) fengsui_target_info{kind="service", role="resolver"}))
          >= count by (node, name, tier, family) (count by (site, node, name, tier, family) ((fengsui_known_state{family="pair"} <= 2) * on (site, check) group_left (node, name, tier) fengsui_target_info{kind="service", role="resolver"}))
    )
  EOT
  recovered = <<-EOT
    max by (node, family) ((fengsui_known_state <= 1) * on (site, check) group_left (node) fengsui_target_info{kind="service", role="resolver"})
  EOT
  for       = "5s"
  hold_down = "10m"
  severity  = "page"

  title {
    zh = "{{ if ne $labels.family `pair` }}IPv{{ $labels.family }} {{ end }}解析不应答"
    en = "no answer{{ if ne $labels.family `pair` }} (v{{ $labels.family }}){{ end }}"
  }

  summary {
    zh = "{{ $labels.name }}{{ if ne $labels.family `pair` }} IPv{{ $labels.family }} {{ end }}不应答：{{ $value }} 个观测点问不到"
    en = "the resolver {{ $labels.name }} does not answer{{ if ne $labels.family `pair` }} over IPv{{ $labels.family }}{{ end }}: vantages that asked in vain: {{ $value }}"
  }

  next_step {
    zh = "在该服务器上查看解析进程和 53 端口；恢复前终端可改用备用解析"
    en = "look at the name server and its port 53; until it is back, clients can use the other resolver"
  }
}
