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
	Alert + "unseen":     {"目前没有观测点看到恢复，无法判断是否结束，告警保持", "nobody sees it well at present, so its end cannot be judged; the alert is kept"},
	Alert + "unjudged":   {"采集中心启动后尚未重新判断", "not judged again since the collector started"},
	Alert + "no_data":    {"规则所依据的数据全部缺失，无法判断是否恢复，告警保持", "all data behind the rule is missing, so its end cannot be judged; the alert is kept"},
	Alert + "missing":    {"该对象的数据缺失，暂时无法判断是否恢复，告警保持", "the data of its subject is missing, so its end cannot be judged yet; the alert is kept"},
	Alert + "flaps":      {"近期反复，目前已恢复，保持正常满 %s 分钟后结束", "it comes and goes; it is well at present, and ends when it has been so for %s minutes"},
	Alert + "rule_fails": {"规则计算出错，无法判断是否恢复，告警保持：%s", "the rule cannot be evaluated, so the end of the alert cannot be judged; it is kept: %s"},

	// Why an open alert is not told itself.
	Alert + "caused":          {"由 %s 的故障引起，已并入该告警，不另行通知", "caused by the fault of %s and listed under its alert, not told by itself"},
	Alert + "cause_suspected": {"可能由 %s 的故障引起，等待其判定后再通知", "perhaps caused by a fault of %s; told when that is judged, unless it is"},
	Alert + "cause_over":      {"所属故障 %s 已消除，等待本项自行恢复，仍未恢复则另行通知", "the fault of %s that caused it is over; told if it does not recover as well"},
}
