package words

// Sentences of the enrolment pack. Head, District, Collectors and Pin are
// written into it as comments.
const (
	PackHead       = "pack.head"
	PackDistrict   = "pack.district"
	PackCollectors = "pack.collectors"
	PackPin        = "pack.pin"

	PackNoDistrict  = "pack.no_district"
	PackNoAddress   = "pack.no_address"
	PackPlaceholder = "pack.placeholder" // address

	PackWritten  = "pack.written"  // file
	PackReplaced = "pack.replaced" // file
	PackHolds    = "pack.holds"    // district, addresses, pin
	PackNext     = "pack.next"     // name of the file
	PackTaken    = "pack.taken"    // file
	PackFolder   = "pack.folder"   // file
)

var packWords = map[string][2]string{
	PackHead: {`烽燧登记包：让一个站点认得本区的采集中心，全区站点通用，可拷入 U 盘带到现场。
其中没有登记码、密钥或口令；没有登记码，单有本文件不能登记，但请勿改动其内容。

在站点的机器上执行（文件名按实际填写）：
  fengsui-agent enroll --pack fengsui-pack.txt
程序先显示下面的区名，再请您输入登记码，显示该码所属的站点，确认后才登记。
登记码每站一个、只用一次，请向采集中心值班人员索取（fengsui-collector code 站点）。
采集中心更换地址或 CA 后，须用 fengsui-collector pack 重新生成本文件。`,
		`A Fengsui enrolment pack: it makes a site know the collector of this district.
One file serves all sites; carry it there on a USB stick. It holds no code, key
or password and enrols nobody without a one-time code; leave it as it is.

On the machine at the site, with the name that this file has there:
  fengsui-agent enroll --pack fengsui-pack.txt
It shows the district below, asks for the code, shows the site that the code is
for, and asks before it enrols. Each site has a code of its own, good for once:
the people at the collector make it (fengsui-collector code SITE).
After the collector's addresses or authority change, make this file again
(fengsui-collector pack).`},
	PackDistrict:   {"区名", "the district"},
	PackCollectors: {"采集中心的地址，依次尝试", "addresses of the collector, tried in turn"},
	PackPin:        {"采集中心 CA 的指纹（fengsui-collector pin）", "the pin by which agents know it"},

	PackNoDistrict: {"登记包须写明区名：请在 collector 块中写 district，例如 district = \"青山区\"",
		"a pack names its district, want it in the collector block, such as district = \"Qingshan\""},
	PackNoAddress: {"没有写明探针从外面连接采集中心的地址：请在 collector 块中写 addresses，例如 addresses = [\"10.0.0.5:7443\"]；listen 只是本机监听的地址，经过地址转换后可能不同",
		"the addresses at which agents reach this collector are not set, want them in the collector block, such as addresses = [\"10.0.0.5:7443\"]; listen is only where this machine listens, and may be another behind NAT"},
	PackPlaceholder: {"addresses 中的 %s 是示例地址，表示待登记：请换成探针实际连接的地址",
		"%s in addresses is reserved for documentation and means \"to be registered\", want the one at which agents reach this collector"},

	PackWritten:  {"登记包已写入 %s", "the pack is in %s"},
	PackReplaced: {"登记包已写入 %s，取代了原有的登记包", "the pack is in %s, in the place of the one that was there"},
	PackHolds:    {"  区名：%s\n  采集中心地址：%s\n  指纹：%s", "  district: %s\n  collector: %s\n  pin: %s"},
	PackNext: {"拷入 U 盘即可用于全区各站点：fengsui-agent enroll --pack %s；登记码每站一个，用 fengsui-collector code 站点 生成，另行告知",
		"it serves all sites from a USB stick: fengsui-agent enroll --pack %s; each site's code is made by fengsui-collector code SITE and told apart from it"},
	PackTaken:  {"%s 已存在且不是登记包，未作任何改动：请用 -o 另选文件名", "%s is there and holds something else than a pack, nothing was changed, want another file (-o)"},
	PackFolder: {"%s 不是普通文件：请用 -o 另选文件名", "%s is no regular file, want another name (-o)"},
}
