package words

// Sentences about the tables of the inventory. Those of cells take the head
// of the column and what the cell holds first.
const (
	TableUnknown    = "table.unknown" // table, known tables
	TableKind       = "table.kind"
	TableNoWorkbook = "table.no_workbook"
	TableEmpty      = "table.empty" // heads
	TableSeparator  = "table.separator"
	TableTitle      = "table.title"      // line of the head
	TableNoHead     = "table.no_head"    // heads
	TableHeads      = "table.heads"      // Chinese heads, English heads
	TableHeadTwice  = "table.head_twice" // head, first, its column
	TableHeadless   = "table.headless"   // number of the column, heads
	TableHead       = "table.head"       // head, heads
	TableNoColumn   = "table.no_column"  // head, word
	TableBlankRow   = "table.blank_row"  // line
	TableHeadAgain  = "table.head_again" // line of the head
	TableExtra      = "table.extra"      // cells, heads
	TableSwapped    = "table.swapped"    // head, head
	TableNoCell     = "table.no_cell"    // head, word

	TableTwice      = "table.twice"       // file
	TableNoOwner    = "table.no_owner"    // type of block, name
	TableManyOwners = "table.many_owners" // type of block, name

	CellBlanks    = "table.cell.blanks" // …, what to write
	CellWide      = "table.cell.wide"   // …, what to write
	CellDate      = "table.cell.date"
	CellScience   = "table.cell.science"
	CellZeros     = "table.cell.zeros" // …, number of digits
	CellPhone     = "table.cell.phone"
	CellPhoneZero = "table.cell.phone_zero" // …, what to write
	CellFlag      = "table.cell.flag"
	CellCount     = "table.cell.count"
	CellRate      = "table.cell.rate"  // …, what to write
	CellThing     = "table.cell.thing" // …, names
	CellDay       = "table.cell.day"

	TableExported = "table.exported" // rows, file
	TableOutput   = "table.output"   // file

	WantTableFile = "table.want.file"
)

var tableWords = map[string][2]string{
	TableUnknown:    {"没有 %s 这种表，可用的有：%s", "%s is no table, want one of: %s"},
	TableKind:       {"表格文件的扩展名应为 .csv 或 .xlsx；旧的 .xls 请另存为 .xlsx", "want a file that ends in .csv or .xlsx; save an old .xls as .xlsx"},
	TableNoWorkbook: {"此命令不能读取 .xlsx，请用 fengsui-collector config check", "this command reads no .xlsx; use fengsui-collector config check"},
	TableEmpty:      {"表格是空的，第一行应为表头：%s", "the table is empty, want heads in its first row: %s"},
	TableSeparator:  {"各列之间没有用英文逗号分隔；请在 Excel 或 WPS 中另存为“CSV UTF-8（逗号分隔）”", "the columns are not divided by commas; save it as \"CSV UTF-8 (comma delimited)\""},
	TableTitle:      {"第一行应为表头，而表头在第 %s 行；请删去它上面的标题行", "want the heads in the first row, they stand in line %s; delete the lines above"},
	TableNoHead:     {"缺少表头：第一行应写各列的名称（顺序不限）：%s", "there are no heads, want the names of the columns (in any order) in the first row: %s"},
	TableHeads:      {"%s（或英文 %s）", "%[2]s (or in Chinese)"},
	TableHeadTwice:  {"表头 %s 与 %s（第 %s 个字起）是同一列，请只留一列", "the head %s means the same column as %s (at character %s), want one of them"},
	TableHeadless:   {"第 %s 列有内容而没有表头，应为以下之一，或删去该列：%s", "column %s has no head, want one of these, or delete the column: %s"},
	TableHead:       {"没有 %s 这一列，可用的有：%s", "%s is no column, want one of: %s"},
	TableNoColumn:   {"缺少 %s 列（或英文 %s）", "the column %[2]s is missing"},
	TableBlankRow:   {"第 %s 行是空行，而下面还有内容；请删去空行，并核对是否漏了一行", "line %s is empty and there is more below; delete it, and see whether a row was lost"},
	TableHeadAgain:  {"这一行是表头，与第 %s 行相同；拼接表格时请只留一个表头，删去这一行", "this row holds the heads of line %s again; delete it: a table that was joined from two has one head"},
	TableExtra:      {"这一行有 %s 个单元格，表头只有 %s 列；含逗号的内容应加英文双引号", "this row has %s cells and the head %s; a cell that holds a comma stands in quotes"},
	TableSwapped:    {"%s 与 %s 两列的内容对调了；请交换这两个表头", "the columns %s and %s hold what belongs into the other; swap the two heads"},
	TableNoCell:     {"缺少%s（%s）", "want a value of %[2]s"},

	TableTwice:      {"表格 %s 已读过一次；每个表格文件请只写一次", "the table %s was read before; want each file once"},
	TableNoOwner:    {"%s %s 不存在；表格只写其下各行，它本身请写在 *.hcl 文件中", "%s %s does not exist; the table has what is within it, describe it in an *.hcl file"},
	TableManyOwners: {"%s %s 由 for_each 生成，不能从表格取得内容；请单独写这一个", "%s %s stands for many by for_each and takes no rows; describe the one apart"},

	CellBlanks:    {"%s 列的 %s 前后有空格，应写成 %s", "column %s: %s has blanks around it, write %s"},
	CellWide:      {"%s 列的 %s 含全角字符，应写成半角的 %s", "column %s: %s has characters of full width, write %s"},
	CellDate:      {"%s 列的 %s 被 Excel 变成了日期；请先把该列设为“文本”格式，再重新填写", "column %s: Excel made %s a date; format the column as text and enter it again"},
	CellScience:   {"%s 列的 %s 被 Excel 变成了科学计数，原来的数字已丢失；请先把该列设为“文本”格式，再重新填写", "column %s: Excel rounded the number to %s and its digits are lost; format the column as text and enter it again"},
	CellZeros:     {"%s 列的 %s 只有 %s 位，应为 12 位或 9 位；很可能是 Excel 去掉了开头的 0，请先把该列设为“文本”格式，再重新填写", "column %s: %s has %s digits, want 12 or 9; it may have lost a zero at its beginning: format the column as text and enter it again"},
	CellPhone:     {"%s 列的 %s 应为电话号码，例如 0472-3333333", "column %s: %s, want a telephone number such as 0472-3333333"},
	CellPhoneZero: {"%s 列的 %s 缺少区号开头的 0，应写成 %s；请先把该列设为“文本”格式", "column %s: %s lacks the zero of its area code, write %s; format the column as text first"},
	CellFlag:      {"%s 列的 %s 应写“是”或“否”", "column %s: %s, want yes or no"},
	CellCount:     {"%s 列的 %s 应为整数", "column %s: %s, want a whole number"},
	CellRate:      {"%s 列的 %s 应带单位，例如 %s（或在表头写明 Mbps）", "column %s: %s, want a unit as in %s (or Mbps in the head)"},
	CellThing:     {"%s 列的 %s 应为以下之一：%s", "column %s: %s, want one of %s or their English words"},
	CellDay:       {"%s 列的 %s 应为日期，例如 2026-11-24", "column %s: %s, want a day such as 2026-11-24"},

	TableExported: {"已导出 %d 行到 %s", "exported %d rows to %s"},
	TableOutput:   {"导出文件 %s 的扩展名应为 .csv 或 .xlsx；--gb18030 只用于 .csv", "want a file that ends in .csv or .xlsx, not %s; --gb18030 is for .csv only"},

	WantTableFile: {"表格文件的路径，例如 \"sites.csv\"", "the path of a table such as \"sites.csv\""},
}
