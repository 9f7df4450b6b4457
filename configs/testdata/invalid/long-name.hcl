site "hub" {
  kind = "hub"
  name = "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五" # WANT want a text of 1 to 64 characters
}
