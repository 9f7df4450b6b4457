site "hub" {
  name = "区级节点"
  kind = "hub"
}
table "sites" {
  file = "sites.csv"
}
