package words

// Sentences about the working-day calendar. Weekday is the prefix of the names
// of the days, from 0, Sunday.
const (
	CalendarYear      = "calendar.year"       // label
	CalendarTwice     = "calendar.twice"      // day
	CalendarNoWeekend = "calendar.no_weekend" // day, weekday
	CalendarMissing   = "calendar.missing"    // year

	WantNotice    = "calendar.want.notice"
	WantDays      = "calendar.want.days"
	WantDaysOrder = "calendar.want.order"
	WantDaysFew   = "calendar.want.few" // bound
	WantDaysOf    = "calendar.want.of"  // year

	Weekday = "weekday."
)

var calendarWords = map[string][2]string{
	CalendarYear:      {"日历的年份是 %s，应为四位数的年份，例如 calendar \"2027\"", "the year of this calendar is %s, want four digits such as calendar \"2027\""},
	CalendarTwice:     {"%s 在本年日历中写了两次，放假与上班各日只写一次", "%s is listed twice in this year, want every day once, off or worked"},
	CalendarNoWeekend: {"%s 是%s，本来就上班；workdays 只写调休上班的周末", "%s is a %s and worked anyway; want only weekend days that are worked"},
	CalendarMissing: {"没有 %[1]s 年的放假调休安排，工作日只能按星期推算；请按国务院办公厅通知写 calendar \"%[1]s\" { source = … holidays = [ … ] workdays = [ … ] }",
		"there is no calendar of %[1]s, so working days are guessed by the weekday; write calendar \"%[1]s\" { source = … holidays = [ … ] workdays = [ … ] } as the notice says"},

	WantNotice:    {"通知的名称和日期", "the name and date of the notice"},
	WantDays:      {"日期或起止日期的列表，例如 [\"2027-01-01/2027-01-03\", \"2027-01-04\"]", "a list of days and ranges such as [\"2027-01-01/2027-01-03\", \"2027-01-04\"]"},
	WantDaysOrder: {"先写起始日、后写结束日", "the first day before the last"},
	WantDaysFew:   {"一段不超过 %s 天", "a range of at most %s days"},
	WantDaysOf:    {"%s 年内的日期", "days of %s"},

	Weekday + "0": {"星期日", "Sunday"},
	Weekday + "1": {"星期一", "Monday"},
	Weekday + "2": {"星期二", "Tuesday"},
	Weekday + "3": {"星期三", "Wednesday"},
	Weekday + "4": {"星期四", "Thursday"},
	Weekday + "5": {"星期五", "Friday"},
	Weekday + "6": {"星期六", "Saturday"},
}
