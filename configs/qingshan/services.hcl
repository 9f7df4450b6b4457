# 按 services.tsv 生成（go generate），部署后在副本中填写真实值 / generated from services.tsv; fill in a copy of it
# 目标都是示例地址，即待登记，不会探测；换成真实地址后即开始
# Every target is an example, which is never probed; a real one begins at once

variable "api" {
  default = [
    "mengsuban",
    "mengsuban-zimenhu",
    "zizhiqu-renzheng",
    "shuzi-shenfen",
    "dianzi-zhengzhao",
    "dianzi-qianzhang",
    "haochaping",
    "quanmin-jiankang",
    "jiankangma",
    "yiqingma",
    "jingji-yunxing",
    "chengshi-danao",
    "zhihui-dashuju",
    "dashuju-zhongxin",
    "yidong-bangong",
    "zhengwuyun",
    "zhihui-zhongxin",
    "quanshi-zhongxin",
    "shuju-ziyuanchi",
  ]
}
variable "api_tier1" {
  default = [
    "qixiang-yubao",
    "dizhen-yubao",
    "huozai-yubao",
    "yingji-chuzhi",
  ]
}
variable "tcp" {
  default = [
    "chuijian",
    "zijian",
    "dianzi-gongwen",
    "chengshi-yunying",
    "shipin-xinfang",
    "shipin-huiyi",
    "sishi-yingji",
  ]
}
variable "tcp_tier1" {
  default = [
    "yingji-zhihui",
  ]
}
variable "tcp_window" {
  default = [
    "yuancheng-xiezhu",
  ]
}
variable "web" {
  default = [
    "rexian-12345",
    "shixiang-guanli",
    "neimenggu-zhengwuwang",
    "lucheng-jiankang",
    "baotou-wenhuayun",
    "wenlvyun",
    "wenlv-ziyuanchi",
    "lvyou-fuwu",
    "lvyou-yingxiao",
    "lvyou-jianguan",
    "lucheng-yuedong",
    "jiaoyuyun",
    "jiaoyu-dashuju",
    "jiuye-peixun",
    "renli-ziyuan",
    "chuangye-daikuan",
    "chuangye-baotou",
    "zhihui-yanglao",
    "qiye-dengji",
    "zizhiqu-xinyong",
    "xinyong-xinxi",
    "xinyidai",
    "dianzi-shuiwuju",
    "hulianwang-jianguan",
    "shuangsuiji",
    "gonggong-ziyuan",
    "yuanqu-jiance",
    "zhaoshang",
    "guozi",
    "zhihui-jianguan",
    "mingchu-liangzao",
    "zhifa-jiandu",
    "gonggong-falv",
    "cim",
    "zhufang-jianshe",
    "nongye-xinxi",
    "nongchanpin-zhuisu",
    "dongwu-yibing",
    "zhihui-lincao",
    "yinhuan-paicha",
    "jingwu",
    "wangshang-xinfang",
    "yuqing",
    "shengtai-zhili",
    "daqi-jiance",
    "shuihuanjing",
    "jiankang-yitihua",
    "jiating-kangyang",
    "jingqu-jianguan",
    "oa-tongxunlu",
    "oa-xiaoxi",
    "oa-yinzhang",
    "oa-gongwen",
    "oa-huiyi",
    "oa-ducha",
    "oa-dangjian",
    "oa-ziliaoku",
    "bangong-xitong",
    "zhangshang",
    "shuju-kaifang",
  ]
}
variable "web_every" {
  default = [
    "xietong-bangong",
  ]
}
variable "web_tier1" {
  default = [
    "zizhiqu-zhengwu",
    "baotou-zhengwu",
    "guojia-yibao",
    "lingdao-juece",
    "caizhengyun",
    "yingji-yewu",
  ]
}
variable "web_village" {
  default = [
    "nongcun-sanzi",
  ]
}
variable "web_window" {
  default = [
    "zonghe-yichuang",
  ]
}

service "zizhiqu-zhengwu" {
  name    = "自治区一体化在线政务服务平台"
  section = "A01"
  target  = "https://zizhiqu-zhengwu.example/"
  owner   = "zhengwuju"
  tier    = 1
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "baotou-zhengwu" {
  name    = "包头市一体化在线政务服务平台"
  section = "A02"
  target  = "https://baotou-zhengwu.example/"
  owner   = "zhengwuju"
  tier    = 1
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "zonghe-yichuang" {
  name    = "“综合一窗”受理系统"
  section = "A03"
  target  = "https://zonghe-yichuang.example/"
  owner   = "zhengwuju"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "chuijian" {
  name    = "各部门垂建系统"
  section = "A04"
  target  = "203.0.113.4:443"
  owner   = "zhengwuju"
  tier    = 3
  layer   = "system"
  status  = "live"
}

service "zijian" {
  name    = "各部门自建系统"
  section = "A04"
  target  = "203.0.113.5:443"
  owner   = "zhengwuju"
  tier    = 3
  layer   = "system"
  status  = "live"
}

service "mengsuban" {
  name    = "“蒙速办”APP"
  section = "A05"
  target  = "https://mengsuban.example/"
  owner   = "zhengwuju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "mengsuban-zimenhu" {
  name    = "“蒙速办”子门户"
  section = "A05"
  target  = "https://mengsuban-zimenhu.example/"
  owner   = "zhengwuju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "zizhiqu-renzheng" {
  name    = "自治区统一身份认证系统"
  section = "A06"
  target  = "https://zizhiqu-renzheng.example/"
  owner   = "zhengwuju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "shuzi-shenfen" {
  name    = "数字身份统一认证"
  section = "A06"
  target  = "https://shuzi-shenfen.example/"
  owner   = "zhengwuju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "dianzi-zhengzhao" {
  name    = "电子证照系统"
  section = "A07"
  target  = "https://dianzi-zhengzhao.example/"
  owner   = "zhengwuju"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "dianzi-qianzhang" {
  name    = "电子签章系统"
  section = "A08"
  target  = "https://dianzi-qianzhang.example/"
  owner   = "zhengwuju"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "dianzi-gongwen" {
  name    = "电子公文"
  section = "A09"
  target  = "203.0.113.12:443"
  owner   = "qufuban"
  tier    = 3
  layer   = "system"
  status  = "live"
}

service "rexian-12345" {
  name    = "政务服务便民热线系统（12345）"
  section = "A10"
  target  = "https://rexian-12345.example/"
  owner   = "zhengwuju"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "shixiang-guanli" {
  name    = "自治区事项管理平台"
  section = "A12"
  target  = "https://shixiang-guanli.example/"
  owner   = "zhengwuju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "yuancheng-xiezhu" {
  name    = "“全市通办”远程视频协助"
  section = "A17"
  target  = "203.0.113.15:443"
  owner   = "zhengwuju"
  tier    = 3
  layer   = "system"
  status  = "live"
}

service "neimenggu-zhengwuwang" {
  name    = "内蒙古政务服务网（包头）"
  section = "A18"
  target  = "https://neimenggu-zhengwuwang.example/"
  owner   = "zhengwuju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "haochaping" {
  name    = "政务服务“好差评”"
  section = "A19"
  target  = "https://haochaping.example/"
  owner   = "zhengwuju"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "quanmin-jiankang" {
  name    = "全民健康信息平台"
  section = "A20"
  target  = "https://quanmin-jiankang.example/"
  owner   = "weijianwei"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "jiankangma" {
  name    = "居民电子健康码"
  section = "A21"
  target  = "https://jiankangma.example/"
  owner   = "weijianwei"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "yiqingma" {
  name    = "疫情防控码"
  section = "A21"
  target  = "https://yiqingma.example/"
  owner   = "weijianwei"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "lucheng-jiankang" {
  name    = "“鹿城健康365”平台"
  section = "A22"
  target  = "https://lucheng-jiankang.example/"
  owner   = "weijianwei"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "guojia-yibao" {
  name    = "国家医保信息平台"
  section = "A23"
  target  = "https://guojia-yibao.example/"
  owner   = "yibaoju"
  tier    = 1
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "baotou-wenhuayun" {
  name    = "“包头市文化云”数据库（前端）"
  section = "A24"
  target  = "https://baotou-wenhuayun.example/"
  owner   = "wenlvju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "wenlvyun" {
  name    = "文旅云"
  section = "A25"
  target  = "https://wenlvyun.example/"
  owner   = "wenlvju"
  tier    = 3
  layer   = "cloud"
  status  = "live"
  depends_on = ["service.dns"]
}

service "wenlv-ziyuanchi" {
  name    = "文旅服务资源池"
  section = "A25"
  target  = "https://wenlv-ziyuanchi.example/"
  owner   = "wenlvju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "lvyou-fuwu" {
  name    = "旅游智慧服务平台"
  section = "A25"
  target  = "https://lvyou-fuwu.example/"
  owner   = "wenlvju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "lvyou-yingxiao" {
  name    = "旅游智慧营销平台"
  section = "A25"
  target  = "https://lvyou-yingxiao.example/"
  owner   = "wenlvju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "lvyou-jianguan" {
  name    = "旅游智慧监管平台"
  section = "A25"
  target  = "https://lvyou-jianguan.example/"
  owner   = "wenlvju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "lucheng-yuedong" {
  name    = "“鹿城悦动”平台"
  section = "A26"
  target  = "https://lucheng-yuedong.example/"
  owner   = "wenlvju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "jiaoyuyun" {
  name    = "教育云"
  section = "A27"
  target  = "https://jiaoyuyun.example/"
  owner   = "jiaoyuju"
  tier    = 3
  layer   = "cloud"
  status  = "live"
  depends_on = ["service.dns"]
}

service "jiaoyu-dashuju" {
  name    = "教育大数据平台"
  section = "A27"
  target  = "https://jiaoyu-dashuju.example/"
  owner   = "jiaoyuju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "jiuye-peixun" {
  name    = "就业培训管理信息平台"
  section = "A28"
  target  = "https://jiuye-peixun.example/"
  owner   = "rensheju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "renli-ziyuan" {
  name    = "人力资源供需对接平台"
  section = "A29"
  target  = "https://renli-ziyuan.example/"
  owner   = "rensheju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "chuangye-daikuan" {
  name    = "创业担保贷款云平台"
  section = "A30"
  target  = "https://chuangye-daikuan.example/"
  owner   = "rensheju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "chuangye-baotou" {
  name    = "创业包头云"
  section = "A30"
  target  = "https://chuangye-baotou.example/"
  owner   = "rensheju"
  tier    = 3
  layer   = "cloud"
  status  = "live"
  depends_on = ["service.dns"]
}

service "zhihui-yanglao" {
  name    = "智慧养老服务平台"
  section = "A31"
  target  = "https://zhihui-yanglao.example/"
  owner   = "minzhengju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "qiye-dengji" {
  name    = "企业登记全程电子化"
  section = "A32"
  target  = "https://qiye-dengji.example/"
  owner   = "shichangju"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "zizhiqu-xinyong" {
  name    = "自治区社会信用信息平台"
  section = "A33"
  target  = "https://zizhiqu-xinyong.example/"
  owner   = "fagaiwei"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "xinyong-xinxi" {
  name    = "信用信息平台"
  section = "A33"
  target  = "https://xinyong-xinxi.example/"
  owner   = "fagaiwei"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "xinyidai" {
  name    = "信易贷"
  section = "A33"
  target  = "https://xinyidai.example/"
  owner   = "fagaiwei"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "dianzi-shuiwuju" {
  name    = "电子税务局"
  section = "A34"
  target  = "https://dianzi-shuiwuju.example/"
  owner   = "shuiwufenju"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "hulianwang-jianguan" {
  name    = "“互联网+监管”平台"
  section = "A35"
  target  = "https://hulianwang-jianguan.example/"
  owner   = "zhengwuju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "shuangsuiji" {
  name    = "双随机一公开"
  section = "A35"
  target  = "https://shuangsuiji.example/"
  owner   = "shichangju"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "gonggong-ziyuan" {
  name    = "公共资源交易平台"
  section = "A36"
  target  = "https://gonggong-ziyuan.example/"
  owner   = "zhengwuju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "jingji-yunxing" {
  name    = "经济运行综合监测平台"
  section = "A37"
  target  = "https://jingji-yunxing.example/"
  owner   = "fagaiwei"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "lingdao-juece" {
  name    = "领导决策指挥平台"
  section = "A38"
  target  = "https://lingdao-juece.example/"
  owner   = "qufuban"
  tier    = 1
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "chengshi-danao" {
  name    = "智慧包头城市大脑能力平台"
  section = "A39"
  target  = "https://chengshi-danao.example/"
  owner   = "gongxinkeju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "zhihui-dashuju" {
  name    = "包头市智慧城市大数据平台"
  section = "A41"
  target  = "https://zhihui-dashuju.example/"
  owner   = "gongxinkeju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "yuanqu-jiance" {
  name    = "园区管理监测系统"
  section = "A42"
  target  = "https://yuanqu-jiance.example/"
  owner   = "zhuangbeiyuan"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "zhaoshang" {
  name    = "招商引资综合管理系统"
  section = "A42"
  target  = "https://zhaoshang.example/"
  owner   = "shangwuju"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "guozi" {
  name    = "数字化国有资产系统"
  section = "A43"
  target  = "https://guozi.example/"
  owner   = "caizhengju"
  tier    = 3
  layer   = "system"
  status  = "planned"
  depends_on = ["service.dns"]
}

service "caizhengyun" {
  name    = "全市财政云平台"
  section = "A44"
  target  = "https://caizhengyun.example/"
  owner   = "caizhengju"
  tier    = 1
  layer   = "cloud"
  status  = "live"
  depends_on = ["service.dns"]
}

service "zhihui-jianguan" {
  name    = "自治区市场监管重点领域智慧监管（风险管控）平台"
  section = "A45"
  target  = "https://zhihui-jianguan.example/"
  owner   = "shichangju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "mingchu-liangzao" {
  name    = "“互联网+明厨亮灶”信息系统"
  section = "A46"
  target  = "https://mingchu-liangzao.example/"
  owner   = "shichangju"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "zhifa-jiandu" {
  name    = "包头市行政执法监督平台"
  section = "A47"
  target  = "https://zhifa-jiandu.example/"
  owner   = "sifaju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "gonggong-falv" {
  name    = "公共法律服务智能化一体平台"
  section = "A48"
  target  = "https://gonggong-falv.example/"
  owner   = "sifaju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "cim" {
  name    = "城市信息模型（CIM）平台"
  section = "A49"
  target  = "https://cim.example/"
  owner   = "zhujianju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "zhufang-jianshe" {
  name    = "住房城乡建设系统"
  section = "A49"
  target  = "https://zhufang-jianshe.example/"
  owner   = "zhujianju"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "chengshi-yunying" {
  name    = "城市运营指挥中心"
  section = "A50"
  target  = "203.0.113.59:443"
  owner   = "zhifaju"
  tier    = 3
  layer   = "system"
  status  = "live"
}

service "nongye-xinxi" {
  name    = "农业信息平台"
  section = "A51"
  target  = "https://nongye-xinxi.example/"
  owner   = "nongmuju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "nongchanpin-zhuisu" {
  name    = "农畜产品质量安全追溯体系平台"
  section = "A52"
  target  = "https://nongchanpin-zhuisu.example/"
  owner   = "nongmuju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "dongwu-yibing" {
  name    = "动物疫病防控与监管平台"
  section = "A53"
  target  = "https://dongwu-yibing.example/"
  owner   = "nongmuju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "nongcun-sanzi" {
  name    = "农村“三资”系统"
  section = "A54"
  target  = "https://nongcun-sanzi.example/"
  owner   = "nongmuju"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "zhihui-lincao" {
  name    = "智慧林草"
  section = "A55"
  target  = "https://zhihui-lincao.example/"
  owner   = "ziranfenju"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "yinhuan-paicha" {
  name    = "隐患排查系统"
  section = "A56"
  target  = "https://yinhuan-paicha.example/"
  owner   = "yingjiju"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "qixiang-yubao" {
  name    = "气象监测预报信息系统"
  section = "A57"
  target  = "https://qixiang-yubao.example/"
  owner   = "yingjiju"
  tier    = 1
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "dizhen-yubao" {
  name    = "地震监测预报信息系统"
  section = "A57"
  target  = "https://dizhen-yubao.example/"
  owner   = "yingjiju"
  tier    = 1
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "huozai-yubao" {
  name    = "火灾监测预报信息系统"
  section = "A57"
  target  = "https://huozai-yubao.example/"
  owner   = "yingjiju"
  tier    = 1
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "yingji-zhihui" {
  name    = "应急指挥中心"
  section = "A58"
  target  = "203.0.113.69:443"
  owner   = "yingjiju"
  tier    = 1
  layer   = "system"
  status  = "live"
}

service "yingji-yewu" {
  name    = "应急业务应用系统"
  section = "A58"
  target  = "https://yingji-yewu.example/"
  owner   = "yingjiju"
  tier    = 1
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "jingwu" {
  name    = "“互联网+警务”平台（政务外网侧）"
  section = "A59"
  target  = "https://jingwu.example/"
  owner   = "gonganfenju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "wangshang-xinfang" {
  name    = "网上信访系统"
  section = "A61"
  target  = "https://wangshang-xinfang.example/"
  owner   = "xinfangju"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "shipin-xinfang" {
  name    = "视频信访系统"
  section = "A61"
  target  = "203.0.113.73:443"
  owner   = "xinfangju"
  tier    = 3
  layer   = "system"
  status  = "live"
}

service "dashuju-zhongxin" {
  name    = "区大数据中心"
  section = "A62"
  target  = "https://dashuju-zhongxin.example/"
  owner   = "gongxinkeju"
  tier    = 3
  layer   = "cloud"
  status  = "live"
  depends_on = ["service.dns"]
}

service "shipin-huiyi" {
  name    = "在线视频会议系统"
  section = "A64"
  target  = "203.0.113.75:443"
  owner   = "qufuban"
  tier    = 3
  layer   = "system"
  status  = "live"
}

service "yuqing" {
  name    = "舆情采集预警处理平台"
  section = "A65"
  target  = "https://yuqing.example/"
  owner   = "wangxinban"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "sishi-yingji" {
  name    = "“呼包鄂乌”四市联合应急指挥调度平台"
  section = "A68"
  target  = "203.0.113.77:443"
  owner   = "yingjiju"
  tier    = 3
  layer   = "platform"
  status  = "live"
}

service "shengtai-zhili" {
  name    = "自治区生态环境综合治理平台"
  section = "A69"
  target  = "https://shengtai-zhili.example/"
  owner   = "shengtaifenju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "daqi-jiance" {
  name    = "包头市大气环境精细化监测管理平台"
  section = "A70"
  target  = "https://daqi-jiance.example/"
  owner   = "shengtaifenju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "shuihuanjing" {
  name    = "流域水环境污染防治智慧监管平台"
  section = "A71"
  target  = "https://shuihuanjing.example/"
  owner   = "shengtaifenju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "jiankang-yitihua" {
  name    = "全民健康信息一体化平台（前端）"
  section = "A72"
  target  = "https://jiankang-yitihua.example/"
  owner   = "weijianwei"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "jiating-kangyang" {
  name    = "家庭监测与老人康养监测平台"
  section = "A73"
  target  = "https://jiating-kangyang.example/"
  owner   = "weijianwei"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "jingqu-jianguan" {
  name    = "全国景区、旅行社监管平台"
  section = "A74"
  target  = "https://jingqu-jianguan.example/"
  owner   = "wenlvju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "xietong-bangong" {
  name    = "包头市政府系统统一协同办公业务平台"
  section = "A75"
  target  = "https://xietong-bangong.example/"
  owner   = "qufuban"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "oa-tongxunlu" {
  name    = "协同办公·通讯录"
  section = "A76"
  target  = "https://oa-tongxunlu.example/"
  owner   = "qufuban"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "oa-xiaoxi" {
  name    = "协同办公·在线消息"
  section = "A76"
  target  = "https://oa-xiaoxi.example/"
  owner   = "qufuban"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "oa-yinzhang" {
  name    = "协同办公·电子印章"
  section = "A76"
  target  = "https://oa-yinzhang.example/"
  owner   = "qufuban"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "oa-gongwen" {
  name    = "协同办公·公文"
  section = "A76"
  target  = "https://oa-gongwen.example/"
  owner   = "qufuban"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "oa-huiyi" {
  name    = "协同办公·会议"
  section = "A76"
  target  = "https://oa-huiyi.example/"
  owner   = "qufuban"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "oa-ducha" {
  name    = "协同办公·督察督办"
  section = "A76"
  target  = "https://oa-ducha.example/"
  owner   = "qufuban"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "oa-dangjian" {
  name    = "协同办公·群工党建"
  section = "A76"
  target  = "https://oa-dangjian.example/"
  owner   = "qufuban"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "oa-ziliaoku" {
  name    = "协同办公·资料库"
  section = "A76"
  target  = "https://oa-ziliaoku.example/"
  owner   = "qufuban"
  tier    = 3
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "yidong-bangong" {
  name    = "移动办公应用"
  section = "A77"
  target  = "https://yidong-bangong.example/"
  owner   = "qufuban"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "yingji-chuzhi" {
  name    = "应急处置等应用功能"
  section = "A78"
  target  = "https://yingji-chuzhi.example/"
  owner   = "qufuban"
  tier    = 1
  layer   = "system"
  status  = "live"
  depends_on = ["service.dns"]
}

service "zhengwuyun" {
  name    = "统一政务云"
  section = "A79"
  target  = "https://zhengwuyun.example/"
  owner   = "gongxinkeju"
  tier    = 3
  layer   = "cloud"
  status  = "live"
  depends_on = ["service.dns"]
}

service "zhihui-zhongxin" {
  name    = "智慧城市大数据中心"
  section = "A80"
  target  = "https://zhihui-zhongxin.example/"
  owner   = "gongxinkeju"
  tier    = 3
  layer   = "cloud"
  status  = "live"
  depends_on = ["service.dns"]
}

service "quanshi-zhongxin" {
  name    = "全市一体化政务大数据中心"
  section = "A80"
  target  = "https://quanshi-zhongxin.example/"
  owner   = "gongxinkeju"
  tier    = 3
  layer   = "cloud"
  status  = "live"
  depends_on = ["service.dns"]
}

service "bangong-xitong" {
  name    = "区政府一体化办公系统平台"
  section = "A81"
  target  = "https://bangong-xitong.example/"
  owner   = "qufuban"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "zhangshang" {
  name    = "“掌上”移动平台"
  section = "A81"
  target  = "https://zhangshang.example/"
  owner   = "qufuban"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "shuju-ziyuanchi" {
  name    = "大数据资源池（接口）"
  section = "A82"
  target  = "https://shuju-ziyuanchi.example/"
  owner   = "gongxinkeju"
  tier    = 3
  layer   = "platform"
  status  = "live"
  depends_on = ["service.dns"]
}

service "shuju-kaifang" {
  name    = "政务数据开放门户"
  section = "A83"
  target  = "https://shuju-kaifang.example/"
  owner   = "gongxinkeju"
  tier    = 3
  layer   = "platform"
  status  = "planned"
  depends_on = ["service.dns"]
}
