# 身份重复：两台机器使用同一站点的身份（磁盘被复制，或运行中的虚拟机被克隆）。
# One identity, two machines: a disk was copied, or a running machine cloned.
#
# This rule is built in. An alert "identity_clone" of your own replaces it.
alert "identity_clone" {
  expr     = "fengsui_known_identity_clone == 1"
  severity = "ticket"

  title {
    zh = "身份重复"
    en = "identity clone"
  }

  summary {
    zh = "站点 {{ $labels.site }} 的身份被两台机器同时使用（应为一台），双方的数据均被拒收，仍各自保存在本机；请用 fengsui-collector agent list {{ $labels.site }} 核对，停用多余的一台，再执行 fengsui-collector agent keep {{ $labels.site }} 实例号"
    en = "two machines have the identity of site {{ $labels.site }}, want one; what either sends is refused and stays on its disk; look with fengsui-collector agent list {{ $labels.site }}, switch the wrong one off, then run fengsui-collector agent keep {{ $labels.site }} INSTANCE"
  }
}
