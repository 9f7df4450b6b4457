package indicators

import "fengsui/configs"

// Rounds are what the access points of a district had on a day, by access
// point, from midnight on.
type Rounds map[configs.Node][]Round

// judge rates all rounds of a day: each access point by itself, and then the
// rounds of all together for the hub's faults.
func judge(d *configs.District, evidence map[configs.Node][]Evidence, maintained func(configs.Node, int) string) Rounds {
	all := Rounds{}
	var nodes []configs.Node
	longest := 0
	for i := range d.Units {
		for k := range d.Units[i].Access {
			a := &d.Units[i].Access[k]
			node := a.Node()
			seen := evidence[node]
			rounds := make([]Round, len(seen))
			for n := range seen {
				rounds[n] = rate(seen[n], configs.SlowAccess(a.AccessType), &d.Indicators)
			}
			all[node] = rounds
			nodes = append(nodes, node)
			longest = max(longest, len(rounds))
		}
	}
	together := make([]Round, len(nodes))
	for n := range longest {
		for i, node := range nodes {
			together[i] = Round{}
			if n < len(all[node]) {
				together[i] = all[node][n]
			}
		}
		exclude(together, &d.Indicators, func(i int) bool { return maintained != nil && maintained(nodes[i], n) != "" })
		for i, node := range nodes {
			if n < len(all[node]) {
				all[node][n] = together[i]
			}
		}
	}
	return all
}
