site "hub" {
  name = "区级节点"
  kind = "hub"
}
