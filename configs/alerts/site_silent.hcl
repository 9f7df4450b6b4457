# 站点静默：超过 collector { silence { site = … } } 的时限没有收到该站点的任何消息。
# A site is silent: nothing at all came from it for collector.silence.site.
#
# This rule is built in. An alert "site_silent" of your own replaces it.
alert "site_silent" {
  expr     = "fengsui_known_site_state == 4"
  severity = "page"

  summary {
    zh = "站点 {{ $labels.site }} 静默：超过时限没有收到任何消息（应为：每次推送间隔都有消息），其下检查的状态均不可知；请检查供电、线路和探针"
    en = "site {{ $labels.site }} is silent: nothing came from it for longer than allowed, want a message at every push interval; the state of its checks is not known; look at its power, its line and its agent"
  }
}
