# 探针缓存将满：站点积压的结果已占其缓存的 80 % 以上，写满后最早的结果将丢失。
# An agent's spool is filling: what it could not hand over takes more than 80 % of
# what the spool may hold; when it is full, the oldest results are lost.
#
# This rule is built in. An alert "spool_filling" of your own replaces it.
alert "spool_filling" {
  expr      = "fengsui_known_spool_ratio > 0.8"
  recovered = "fengsui_known_spool_ratio <= 0.8 and on (site) fengsui_known_site_state < 4"
  for       = "1m"
  severity  = "ticket"

  title {
    zh = "探针缓存将满"
    en = "spool filling"
  }

  summary {
    zh = "站点 {{ $labels.site }} 的探针缓存中未送达的结果已占 {{ $value | humanizePercentage }}（应低于 80%），写满后最早的结果将丢失"
    en = "results that the agent at site {{ $labels.site }} could not hand over fill {{ $value | humanizePercentage }} of its spool, want less than 80%; when it is full, the oldest are lost"
  }

  next_step {
    zh = "工信科局在站点页查看结果为何未被接收（线路过慢、版本未知、身份重复）；线路正常则腾出该机器的磁盘，或加大 agent.hcl 中的 spool.limit"
    en = "for the IT bureau: see on its page why they are not taken (a slow line, an unknown revision, an identity clone); if its line is well, make room on its disk or raise spool.limit in its agent.hcl"
  }
}
