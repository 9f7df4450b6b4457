# 站点静默：超过 collector { silence { site = … } } 的时限没有收到该站点的任何消息。
# 不在开放时间内的静默为下班，只显示，不告警。
# A site is silent: nothing at all came from it for collector.silence.site.
# Outside its hours that is 下班: it is shown, and nobody is told.
#
# This rule is built in. An alert "site_silent" of your own replaces it.
alert "site_silent" {
  expr     = "fengsui_known_site_state == 4 unless on (site) fengsui_known_site_off_duty == 1"
  severity = "page"

  labels { # what lies behind it is told by it
    node = "site.{{ $labels.site }}"
  }

  title {
    zh = "静默"
    en = "silent"
  }

  summary {
    zh = "站点 {{ $labels.site }} 静默：超过时限没有收到任何消息（应为：每次推送间隔都有消息），其下检查的状态均不可知；请检查供电、线路和探针"
    en = "site {{ $labels.site }} is silent: nothing came from it for longer than allowed, want a message at every push interval; the state of its checks is not known; look at its power, its line and its agent"
  }

  next_step {
    zh = "致电站点确认是否停电；有电则查上联线路，再查探针"
    en = "ask the site whether it has power; if so look at its uplink, then at its agent"
  }
}
