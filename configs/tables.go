package configs

import "strconv"

// A tableKind is a table: a file of rows that are blocks of one type.
type tableKind struct {
	block   string // that a row is; its label stands in the column id
	within  string // type of the block that it stands in, whose label is the column of the same word; "": the file
	columns []Column
}

// tables are the tables that a district may have, by name.
var tables = map[string]tableKind{
	"sites": {"site", "", []Column{
		{Word: "id", Heads: []string{"标识", "站点", "站点标识"}, Shape: Name, Needs: true},
		{Word: "name", Heads: []string{"名称", "站点名称"}},
		{Word: "kind", Heads: []string{"类型", "种类"}, Shape: Thing, Needs: true, Names: kindNames},
		{Word: "parent", Heads: []string{"上级", "上级站点"}, Shape: Name},
		{Word: "code", Heads: []string{"编码", "统计代码", "区划代码"}, Shape: Code},
		{Word: "owner", Heads: []string{"责任单位"}, Shape: Name},
		{Word: "access", Heads: []string{"接入方式"}, Shape: Thing, Names: accessNames, Usual: "光纤"},
		{Word: "demand", Heads: []string{"按需接入"}, Shape: Flag, Usual: "否"},
		{Word: "cir", Heads: []string{"签约带宽", "带宽"}, Shape: Rate},
		{Word: "gateways", Heads: []string{"网关"}, Shape: List},
		{Word: "prefixes", Heads: []string{"网段"}, Shape: List},
		{Word: "hours", Heads: []string{"开放时间"}, Shape: Name},
		{Word: "profiles", Heads: []string{"检查方案"}, Shape: List},
		{Word: "depends_on", Heads: []string{"依赖"}, Shape: List},
	}},
	"units": {"unit", "", []Column{
		{Word: "id", Heads: []string{"标识", "单位", "单位标识"}, Shape: Name, Needs: true},
		{Word: "name", Heads: []string{"名称", "单位名称"}},
		{Word: "code", Heads: []string{"编码", "单位编码", "预算单位编码"}, Shape: Line},
		{Word: "budget", Heads: []string{"预算单位", "财政预算单位"}, Shape: Thing, Names: budgetNames, Usual: "未定"},
		{Word: "level", Heads: []string{"预算级次", "级次"}, Shape: Thing, Names: levelNames},
	}},
	"access": {"access", "unit", []Column{
		{Word: "unit", Heads: []string{"单位", "单位标识"}, Shape: Name, Needs: true},
		{Word: "id", Heads: []string{"接入点", "标识"}, Shape: Name, Needs: true},
		{Word: "site", Heads: []string{"站点", "所在站点"}, Shape: Name},
		{Word: "required", Heads: []string{"必需"}, Shape: Flag, Usual: "是"},
		{Word: "sources", Heads: []string{"源地址"}, Shape: List},
		{Word: "interface", Heads: []string{"接口"}, Shape: Line},
		{Word: "gateways", Heads: []string{"网关"}, Shape: List},
		{Word: "prefixes", Heads: []string{"网段"}, Shape: List},
		{Word: "seen", Heads: []string{"转换后网段"}, Shape: List},
		{Word: "access", Heads: []string{"接入方式"}, Shape: Thing, Names: accessNames, Usual: "光纤"},
		{Word: "link", Heads: []string{"上级链路", "链路"}, Shape: Name},
		{Word: "cir", Heads: []string{"签约带宽", "带宽"}, Shape: Rate},
		{Word: "confirmation", Heads: []string{"开通确认单", "确认单号"}, Shape: Line},
		{Word: "approved", Heads: []string{"批准人", "批准"}},
		{Word: "opened", Heads: []string{"开通日期"}, Shape: Day},
	}},
	"circuits": {"circuit", "link", []Column{
		{Word: "link", Heads: []string{"链路", "链路标识"}, Shape: Name, Needs: true},
		{Word: "id", Heads: []string{"电路", "标识"}, Shape: Name, Needs: true},
		{Word: "device", Heads: []string{"设备"}, Shape: Name},
		{Word: "interface", Heads: []string{"接口"}, Shape: Line},
		{Word: "access", Heads: []string{"接入方式"}, Shape: Thing, Names: accessNames, Usual: "光纤"},
		{Word: "cir", Heads: []string{"签约带宽", "带宽"}, Shape: Rate},
	}},
}

// exports are the values of rows by the words of their columns.
var exports = map[string]func(*District) []map[string]any{
	"sites": func(d *District) (all []map[string]any) {
		for _, s := range d.Sites {
			all = append(all, map[string]any{
				"id": s.ID, "name": s.Name, "kind": s.Kind, "parent": s.Parent, "code": s.Code, "owner": s.Owner,
				"access": s.Access, "demand": s.Demand, "cir": s.CIR, "gateways": s.Gateways, "prefixes": s.Prefixes,
				"hours": s.Hours.Name, "profiles": s.Profiles, "depends_on": s.DependsOn,
			})
		}
		return all
	},
	"units": func(d *District) (all []map[string]any) {
		for _, u := range d.Units {
			level := ""
			if u.Level > 0 {
				level = strconv.Itoa(u.Level)
			}
			all = append(all, map[string]any{"id": u.ID, "name": u.Name, "code": u.Code, "budget": u.Budget, "level": level})
		}
		return all
	},
	"access": func(d *District) (all []map[string]any) {
		for _, u := range d.Units {
			for _, a := range u.Access {
				all = append(all, map[string]any{
					"unit": a.Unit, "id": a.ID, "site": a.Site, "required": a.Required, "sources": a.Sources, "interface": a.Interface,
					"gateways": a.Gateways, "prefixes": a.Prefixes, "seen": a.Seen, "access": a.AccessType, "link": a.Link,
					"cir": a.CIR, "confirmation": a.Confirmation, "approved": a.Approved, "opened": a.Opened,
				})
			}
		}
		return all
	},
	"circuits": func(d *District) (all []map[string]any) {
		for _, l := range d.Links {
			for _, c := range l.Circuits {
				all = append(all, map[string]any{
					"link": c.Link, "id": c.ID, "device": c.Device, "interface": c.Interface, "access": c.Access, "cir": c.CIR,
				})
			}
		}
		return all
	},
}
