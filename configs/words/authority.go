package words

// Sentences of the collector's authority.
const (
	AuthorityOther = "authority.other" // agents, the pin in use, the former authority, where the present one is
	AuthorityPin   = "authority.pin"   // pin
	AuthorityFirst = "authority.first"
	AuthorityOwn   = "authority.own"   // ca_cert, ca_key
	AuthorityBuilt = "authority.built" // folder

	AuthorityNotBacked   = "authority.not_backed"   // ca_cert, ca_key
	AuthorityNotRestored = "authority.not_restored" // ca_cert, ca_key
	AuthorityUnnamed     = "authority.unnamed"
)

var authorityWords = map[string][2]string{
	AuthorityOther: {
		"%[4]s的指纹是 %[2]s，但有 %[1]d 个探针是在另一个 CA（%[3]s）下登记的，它们只认那一个：现在启动，这些探针将全部无法上报，故未启动。如非有意更换，请把 ca_cert、ca_key（或 ca 目录）恢复原样后再启动；如确要更换，请先逐站吊销这些探针（fengsui-collector agent revoke 站点 --reason 更换CA），启动后重新生成登记包（fengsui-collector pack），再逐站重新登记",
		"the authority %[4]s has the pin %[2]s, and %[1]d agents were enrolled under another one (%[3]s) and trust no other. Started like this, all of them would be locked out, so the collector does not start. Unless the change is meant, put ca_cert and ca_key (or the folder ca) back as they were. To change it for good, revoke these agents (fengsui-collector agent revoke SITE --reason …), start, make a new pack (fengsui-collector pack) and enrol every site again"},
	AuthorityPin:   {"指纹 %s", "pin %s"},
	AuthorityFirst: {"数据目录中的内置 CA", "the one built in, in the data directory"},
	AuthorityOwn:   {"自有 CA（ca_cert = %s）", "in ca_cert = %s"},
	AuthorityBuilt: {"内置 CA（%s）", "in %s"},

	AuthorityNotBacked: {
		"备份不含自有 CA 的文件 %s 和 %s：请另行妥善保管，丢失密钥后所有探针都要重新登记",
		"the files of the bureau's own CA, %s and %s, are not in it: keep copies apart, without the key every agent has to be enrolled again"},
	AuthorityNotRestored: {
		"备份不含自有 CA 的文件，启动前请放回 %s 和 %s（密钥权限 0600）",
		"the files of the bureau's own CA are not in a backup: before the start put back %s and %s (the key with mode 0600)"},
	AuthorityUnnamed: {
		"备份来自使用自有 CA 的采集中心，而当前配置没有写 ca_cert 和 ca_key：启动前请写上，并放回这两个文件（密钥权限 0600）",
		"the backup is of a collector with the bureau's own CA, and this configuration has no ca_cert and ca_key: before the start name them and put both files back (the key with mode 0600)"},
}
