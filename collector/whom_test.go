package collector

import (
	"path/filepath"
	"testing"
	"time"

	"fengsui/collector/contacts"
	"fengsui/collector/state"
	"fengsui/configs"

	"github.com/google/go-cmp/cmp"
)

func TestWhom(t *testing.T) {
	t.Parallel()
	db, err := state.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	book, ctx := contacts.New(db), t.Context()
	d := &configs.District{
		Sites: []configs.Site{{ID: "hub"}, {ID: "qingfu", Owner: "qf"}, {ID: "hexi", Owner: "qf"}, {ID: "alone"}},
		Units: []configs.Unit{{ID: "qf"}},
		Links: []configs.Link{{ID: "hub-qingfu", Between: [2]string{"hub", "qingfu"},
			Circuits: []configs.Circuit{{ID: "telecom", Link: "hub-qingfu"}, {ID: "unicom", Link: "hub-qingfu"}, {ID: "spare", Link: "hub-qingfu"}}}},
		Devices:  []configs.Device{{ID: "core", Site: "hexi"}},
		Services: []configs.Service{{ID: "portal", Owner: "qf"}, {ID: "foreign", Owner: "市大数据局"}},
		Points:   []configs.Point{{ID: "w", Node: "service.portal"}},
	}
	if _, err := book.ReplaceContacts(ctx, []contacts.Contact{
		{Node: "site.hexi", Role: "网管", Name: "甲某", Phone: "110"}, {Node: "site.hexi", Role: "值班", Name: "乙某", Phone: "119", Hours: "8:30-18:00"},
		{Node: "unit.qf", Role: "主任", Name: "丙某", Phone: "120"},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := book.ReplaceCarriers(ctx, []contacts.Carrier{
		{Circuit: "circuit.hub-qingfu/telecom", Name: "中国电信", Hotline: "10000", Number: "BTNM-0042", Contract: "HT-7", Repair: 90 * time.Minute},
		{Circuit: "circuit.hub-qingfu/unicom", Name: "中国联通", Hotline: "10010", Number: "007"},
	}); err != nil {
		t.Fatal(err)
	}
	chief := [2]string{"主任 丙某，120", "主任 丙某, 120"}
	hexi := [][2]string{{"网管 甲某，110", "网管 甲某, 110"}, {"值班 乙某，119（8:30-18:00）", "值班 乙某, 119 (8:30-18:00)"}}
	telecom := [2]string{"hub-qingfu/telecom 电路：中国电信，报修 10000，电路编号 BTNM-0042，合同 HT-7，承诺 1.5 小时内修复",
		"circuit hub-qingfu/telecom: 中国电信, repairs 10000, circuit number BTNM-0042, contract HT-7, mended within 1.5 h by contract"}
	unicom := [2]string{"hub-qingfu/unicom 电路：中国联通，报修 10010，电路编号 007", "circuit hub-qingfu/unicom: 中国联通, repairs 10010, circuit number 007"}
	for name, c := range map[string]struct {
		labels map[string]string
		want   [][2]string
	}{
		"a site of its own":               {map[string]string{"site": "hexi"}, hexi},
		"its unit's owner, and its lines": {map[string]string{"site": "qingfu", "node": "site.qingfu"}, [][2]string{chief, telecom, unicom}},
		"a circuit":                       {map[string]string{"node": "circuit.hub-qingfu/telecom"}, [][2]string{chief, telecom}},
		"a circuit of nobody":             {map[string]string{"node": "circuit.hub-qingfu/spare"}, [][2]string{chief}},
		"a link":                          {map[string]string{"node": "link.hub-qingfu"}, [][2]string{chief, telecom, unicom}},
		"a device where it stands":        {map[string]string{"node": "device.core"}, hexi},
		"a service seen from a site":      {map[string]string{"node": "service.portal", "site": "hexi"}, [][2]string{chief}},
		"a service of others":             {map[string]string{"node": "service.foreign"}, nil},
		"a point":                         {map[string]string{"node": "point.w"}, [][2]string{chief}},
		"an access point":                 {map[string]string{"node": "access.qf/main"}, [][2]string{chief}},
		"nobody":                          {map[string]string{"site": "alone"}, nil},
		"nothing":                         {nil, nil},
	} {
		got, err := whomOf(ctx, book, d, c.labels)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got)\n%s", name, err, diff)
		}
	}
}
