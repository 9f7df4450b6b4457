package words

// AccessState is the prefix of how a unit stands in the access rate.
const AccessState = "access_state."

// RoundOutcome is the prefix of what a round counts as.
const RoundOutcome = "round_outcome."

// AccessRefused is the prefix of why there is no access rate.
const AccessRefused = "access_refused."

var indicatorWords = map[string][2]string{
	AccessState + "connected":     {"已接入", "connected"},
	AccessState + "not_connected": {"未接入", "not connected"},
	AccessState + "interrupted":   {"中断", "interrupted"},
	AccessState + "no_data":       {"无数据", "no data"},
	AccessState + "unsettled":     {"待核", "to be settled"},

	RoundOutcome + "ok":           {"接入", "connected"},
	RoundOutcome + "fail":         {"未接入", "not connected"},
	RoundOutcome + "no_data":      {"无数据", "no data"},
	RoundOutcome + "excluded":     {"不计", "not counted"},
	AccessRefused + "day_off":     {"%[1]s 不是工作日，不计接入率（应为：查询工作日）", "there is no access rate of %[1]s: it is no working day; ask for one that is"},
	AccessRefused + "not_yet":     {"%[1]s 尚无接入率：计时内的第一轮在 %[2]s 结束", "there is no access rate of %[1]s yet: the first round of its counted hours ends at %[2]s"},
	AccessRefused + "no_round":    {"%[1]s 届时还没有评定的轮次", "no round of %[1]s was rated by then"},
	AccessRefused + "units_unset": {"不能计算接入率：%[1]d 个单位未说明是否财政预算单位或级次（%[2]s）；请在单位中填写 budget 和 level", "there is no access rate: of %[1]d units nobody has said whether they are budget units, and of which level (%[2]s): set budget and level"},
	AccessRefused + "no_units":    {"不能计算接入率：没有计入分母的财政预算单位；请在单位中填写 budget 和 level", "there is no access rate: no unit is a budget unit of the levels that count: set budget and level"},
	AccessRefused + "month":       {"本月尚无接入率：届时没有已评定的工作日", "there is no access rate of the month: no counted day of it was rated by then"},
}
