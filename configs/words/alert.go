package words

// Alert is the prefix of the sentences about alerts and their notifications.
const Alert = "alert."

var alertWords = map[string][2]string{
	// Why an open alert ended.
	Alert + "ended":        {"告警条件已不再成立", "the condition of the alert no longer holds"},
	Alert + "gone":         {"告警所依据的数据序列已不存在（对象已从清单中删除），并非确认恢复", "the series behind the alert is gone (its subject was taken out of the inventory); this is no proof of recovery"},
	Alert + "rule_removed": {"告警规则 %s 已从配置中删除，并非确认恢复", "the rule %s was taken out of the configuration; this is no proof of recovery"},
	Alert + "rule_changed": {"告警规则 %s 的标签已修改，原告警由新告警代替", "the labels of the rule %s were changed; another alert takes the place of this one"},

	// Why an open alert is kept although it could not be judged.
	Alert + "unjudged":   {"采集中心启动后尚未重新判断", "not judged again since the collector started"},
	Alert + "no_data":    {"规则所依据的数据全部缺失，无法判断是否恢复，告警保持", "all data behind the rule is missing, so its end cannot be judged; the alert is kept"},
	Alert + "missing":    {"该对象的数据缺失，暂时无法判断是否恢复，告警保持", "the data of its subject is missing, so its end cannot be judged yet; the alert is kept"},
	Alert + "rule_fails": {"规则计算出错，无法判断是否恢复，告警保持：%s", "the rule cannot be evaluated, so the end of the alert cannot be judged; it is kept: %s"},

	// The text of a notification.
	Alert + "text_firing":   {"告警 %d 项：%s", "%d firing: %s"},
	Alert + "text_resolved": {"解除 %d 项：%s", "%d ended: %s"},
	Alert + "text_more":     {"等", "and more"},
	Alert + "text_join":     {"；", "; "},
}
