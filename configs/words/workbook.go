package words

// Sentences about workbooks (XLSX).
const (
	WorkbookOld     = "workbook.old"
	WorkbookBroken  = "workbook.broken" // the reader's words
	WorkbookSheet   = "workbook.sheet"  // name, sheets
	WorkbookSheets  = "workbook.sheets" // sheets
	WorkbookEmpty   = "workbook.empty"
	WorkbookMerged  = "workbook.merged"  // cells
	WorkbookFormula = "workbook.formula" // cell
)

var workbookWords = map[string][2]string{
	WorkbookOld:     {"文件是旧格式的 .xls，或设有打开密码；请另存为不带密码的 .xlsx", "the file is an old .xls, or has a password; save it as .xlsx without one"},
	WorkbookBroken:  {"文件不是可读的 .xlsx 工作簿（%s）；请用 Excel 或 WPS 重新另存为 .xlsx", "the file is no readable .xlsx workbook (%s); save it again as .xlsx"},
	WorkbookSheet:   {"工作簿中没有名为 %s 的工作表，现有：%s", "the workbook has no sheet %s, it has: %s"},
	WorkbookSheets:  {"工作簿有几个非空的工作表（%s）；请删去多余的，或用 sheet = \"…\" 写明读哪一个", "the workbook has several sheets (%s); delete those that do not belong, or name one by sheet = \"…\""},
	WorkbookEmpty:   {"工作簿是空的", "the workbook is empty"},
	WorkbookMerged:  {"%s 是合并单元格，只有第一格有内容；请取消合并，并在每一行填写", "%s are merged cells, and only the first has the content; undo that and fill in every row"},
	WorkbookFormula: {"%s 是公式，其结果可能已过时；请复制该列后“选择性粘贴 → 数值”", "%s is a formula, whose result may be old; copy the column and paste its values"},
}
