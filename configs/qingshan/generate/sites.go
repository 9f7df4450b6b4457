package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// townFiles writes a file for each township: the town, its communities and
// villages, and their lines. Every site has the networks of its place in the
// table, so that a site of a later year moves no other.
func townFiles(sites []map[string]string) map[string]string {
	files := map[string]string{}
	for i, town := range sites {
		if town["kind"] != "township" {
			continue
		}
		var below strings.Builder
		for j, s := range sites {
			if s["parent_code"] == town["code"] {
				below.WriteString(community(j+1, s))
			}
		}
		id, net := town["id"], network(i+1)
		files["town-"+id+".hcl"] = header("sites.tsv") + strings.NewReplacer(
			"{id}", id, "{var}", strings.ReplaceAll(id, "-", "_"), "{name}", siteName(town["name"]), "{code}", town["code"],
			"{below}", below.String(), "{v4}", net.v4, "{v6}", net.v6, "{prefix6}", net.prefix6(),
		).Replace(townText)
	}
	return files
}

// community is a line of the variable that a town's communities are made of.
func community(n int, s map[string]string) string {
	profiles := []string{"site", "services"}
	if s["kind"] == "village" {
		profiles = append(profiles, "village")
	}
	net := network(n)
	return fmt.Sprintf("    %s = { name = %q, code = %q, v4 = %q, v6 = %q, access = \"fiber\", demand = false, profiles = [\"%s\"] }\n",
		s["id"], siteName(s["name"]), s["code"], net.v4, net.v6, strings.Join(profiles, `", "`))
}

// siteName is what people call a place: the register has the committee's name.
func siteName(s string) string {
	s = strings.TrimPrefix(s, "包头市")
	s = strings.TrimSuffix(s, "居委会")
	if village, ok := strings.CutSuffix(s, "村委会"); ok {
		s = strings.TrimSuffix(village, "村") + "村"
	}
	return s
}

// A net is the beginning of a site's networks, of addresses that no network
// routes (RFC 2544, RFC 3849): 待登记.
type net struct{ v4, v6 string }

func network(n int) net {
	return net{"198.18." + strconv.Itoa(n), "2001:db8:" + strconv.Itoa(n)}
}

func (n net) prefix6() string { return netip.MustParsePrefix(n.v6 + "::/48").String() }

// unitFile writes the units. Whether one is a budget unit is the finance
// bureau's to say: the plan lists none.
func unitFile(units []map[string]string) string {
	var b strings.Builder
	b.WriteString(header("units.tsv"))
	b.WriteString("# budget 须按财政局名单填写 yes 或 no；有未定的单位时接入率不予计算\n# budget is yes or no by the finance bureau's list; while one is unset there is no access rate\n")
	for _, u := range units {
		fmt.Fprintf(&b, "\nunit %q {\n  name   = %q\n  budget = \"unset\"\n}\n", u["id"], u["name"])
	}
	return b.String()
}

const townText = `
variable "{var}_gateway" {
  default = "{v4}.1"
}
variable "{var}_gateway6" {
  default = "{v6}::1"
}

site "{id}" {
  name     = "{name}"
  kind     = "town"
  parent   = "hub"
  code     = "{code}"
  owner    = "gongxinkeju"
  gateways = [var.{var}_gateway, var.{var}_gateway6]
  prefixes = ["{v4}.0/24", "{prefix6}"]
  profiles = ["site", "services", "window"]

  check "icmp" "uplink" {
    target = var.hub_gateway
    link   = "hub-{id}"
  }
  check "icmp" "uplink-v6" {
    target = var.hub_gateway6
    link   = "hub-{id}"
  }
}

link "hub-{id}" {
  name    = "区级节点至{name}"
  between = ["hub", "{id}"]
  tier    = "town"
  circuit "main" {
  }
}

# 每行一个：v4、v6 是网段的开头，access 是接入方式，demand 是否已提出接入需求
# One a line: v4 and v6 begin its networks; demand says whether it asked to be connected
variable "{var}" {
  default = {
{below}  }
}

site "{id}" {
  for_each = var.{var}
  id       = each.key
  name     = each.value.name
  kind     = "community"
  parent   = "{id}"
  code     = each.value.code
  owner    = "gongxinkeju"
  access   = each.value.access
  demand   = each.value.demand
  gateways = ["${each.value.v4}.1", "${each.value.v6}::1"]
  prefixes = ["${each.value.v4}.0/24", "${each.value.v6}::/48"]
  profiles = each.value.profiles

  check "icmp" "uplink" {
    target = var.{var}_gateway
    link   = "{id}-${each.key}"
  }
  check "icmp" "uplink-v6" {
    target = var.{var}_gateway6
    link   = "{id}-${each.key}"
  }
}

link "{id}" {
  for_each = var.{var}
  name     = "{name}至${each.value.name}"
  between  = ["{id}", each.key]
  tier     = "village"
  demand   = each.value.demand
  circuit "main" {
    access = each.value.access
  }
}
`
