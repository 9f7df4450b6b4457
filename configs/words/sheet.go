package words

// Sentences about tables: files of comma-separated values and workbooks.
const (
	SheetUTF16    = "sheet.utf16"
	SheetWorkbook = "sheet.workbook"
	SheetEncoding = "sheet.encoding"
	SheetMixed    = "sheet.mixed"   // line
	SheetGarbled  = "sheet.garbled" // line, column
	SheetQuote    = "sheet.quote"
	SheetRows     = "sheet.rows"    // bound
	SheetColumns  = "sheet.columns" // bound
	SheetCell     = "sheet.cell"    // bound
)

var sheetWords = map[string][2]string{
	SheetUTF16:    {"文件是 UTF-16 编码（“Unicode 文本”）；请另存为“CSV UTF-8”或 .xlsx", "the file is UTF-16 (\"Unicode text\"); save it as \"CSV UTF-8\" or as .xlsx"},
	SheetWorkbook: {"文件的内容是 Excel 工作簿，不是 CSV；请另存为“CSV UTF-8”，或另存为 .xlsx 并改正扩展名", "the file is an Excel workbook and no CSV; save it as \"CSV UTF-8\", or as .xlsx and name it so"},
	SheetEncoding: {"文件既不是 UTF-8 也不是 GB18030（GBK）编码；请另存为“CSV UTF-8”", "the file is neither UTF-8 nor GB18030 (GBK); save it as \"CSV UTF-8\""},
	SheetMixed:    {"文件混用两种编码或已损坏：第 %s 行不是 UTF-8，其他行是；请重新从原表另存为“CSV UTF-8”，不要把两个文件直接拼在一起", "the file has two encodings or is damaged: line %s is not UTF-8 and others are; save it again as \"CSV UTF-8\" from where it was made, and do not join files of different encodings"},
	SheetGarbled:  {"文件中有乱码（第 %s 行第 %s 个字）：曾用错误的编码打开并保存，原字已丢失；请从原表重新另存为“CSV UTF-8”", "the text is garbled (line %s, character %s): it was opened in a wrong encoding and saved, and the characters are lost; save it again as \"CSV UTF-8\" from where it was made"},
	SheetQuote:    {"引号不配对：从这一行起的引号没有成对；单元格内的引号应写两个（\"\"）", "the quotes from this line on do not pair; a quote within a cell is written twice (\"\")"},
	SheetRows:     {"行数太多，最多 %s 行", "too many rows, want at most %s"},
	SheetColumns:  {"列数太多，最多 %s 列", "too many columns, want at most %s"},
	SheetCell:     {"单元格的内容太长，最多 %s 字节", "the cell is too long, want at most %s bytes"},
}
