# 按 units.tsv 生成（go generate），部署后在副本中填写真实值 / generated from units.tsv; fill in a copy of it
# budget 须按财政局名单填写 yes 或 no；有未定的单位时接入率不予计算
# budget is yes or no by the finance bureau's list; while one is unset there is no access rate

unit "qufuban" {
  name   = "区政府办"
  budget = "unset"
}

unit "fagaiwei" {
  name   = "发改委"
  budget = "unset"
}

unit "jiaoyuju" {
  name   = "教育局"
  budget = "unset"
}

unit "gongxinkeju" {
  name   = "工信科局"
  budget = "unset"
}

unit "minzhengju" {
  name   = "民政局"
  budget = "unset"
}

unit "sifaju" {
  name   = "司法局"
  budget = "unset"
}

unit "caizhengju" {
  name   = "财政局"
  budget = "unset"
}

unit "rensheju" {
  name   = "人社局"
  budget = "unset"
}

unit "zhujianju" {
  name   = "住建局"
  budget = "unset"
}

unit "nongmuju" {
  name   = "农牧局"
  budget = "unset"
}

unit "shangwuju" {
  name   = "商务局"
  budget = "unset"
}

unit "wenlvju" {
  name   = "文旅局"
  budget = "unset"
}

unit "weijianwei" {
  name   = "卫健委"
  budget = "unset"
}

unit "yingjiju" {
  name   = "应急管理局"
  budget = "unset"
}

unit "shichangju" {
  name   = "市场监管局"
  budget = "unset"
}

unit "tongjiju" {
  name   = "统计局"
  budget = "unset"
}

unit "jinrongban" {
  name   = "金融办"
  budget = "unset"
}

unit "xinfangju" {
  name   = "信访局"
  budget = "unset"
}

unit "zhengwuju" {
  name   = "政务服务局"
  budget = "unset"
}

unit "zhifaju" {
  name   = "执法局"
  budget = "unset"
}

unit "gongxiaoshe" {
  name   = "供销社"
  budget = "unset"
}

unit "gonganfenju" {
  name   = "公安分局"
  budget = "unset"
}

unit "ziranfenju" {
  name   = "自然资源分局"
  budget = "unset"
}

unit "shengtaifenju" {
  name   = "生态环境分局"
  budget = "unset"
}

unit "wangxinban" {
  name   = "区委网信办"
  budget = "unset"
}

unit "jiyaoju" {
  name   = "区委保密机要局"
  budget = "unset"
}

unit "zuzhibu" {
  name   = "区委组织部"
  budget = "unset"
}

unit "xuanchuanbu" {
  name   = "区委宣传部"
  budget = "unset"
}

unit "fayuan" {
  name   = "区人民法院"
  budget = "unset"
}

unit "yibaoju" {
  name   = "区医保局"
  budget = "unset"
}

unit "shuiwufenju" {
  name   = "青山税务分局"
  budget = "unset"
}

unit "fuqianglu" {
  name   = "富强路街道"
  budget = "unset"
}

unit "xingfulu" {
  name   = "幸福路街道"
  budget = "unset"
}

unit "ziyoulu" {
  name   = "自由路街道"
  budget = "unset"
}

unit "wanqinglu" {
  name   = "万青路街道"
  budget = "unset"
}

unit "kexuelu" {
  name   = "科学路街道"
  budget = "unset"
}

unit "xianfengdao" {
  name   = "先锋道街道"
  budget = "unset"
}

unit "qingshanlu" {
  name   = "青山路街道"
  budget = "unset"
}

unit "wusutu" {
  name   = "乌素图街道"
  budget = "unset"
}

unit "qingfu" {
  name   = "青福镇"
  budget = "unset"
}

unit "xingsheng" {
  name   = "兴胜镇"
  budget = "unset"
}

unit "zhuangbeiyuan" {
  name   = "装备制造产业园区管委会"
  budget = "unset"
}
