package configs

import (
	"slices"
	"strings"
	"time"

	"fengsui/checks"
	"fengsui/configs/words"
)

// A deviceDraft is a device and where it is described.
type deviceDraft struct {
	device Device
	b      *block
}

func (l *loading) deviceBlock(b *block) {
	d := &deviceDraft{device: Device{ID: b.labels[0], Name: b.labels[0], Version: "2c", Interval: DefaultInterval}, b: b}
	in := &d.device
	read(b, "name", &in.Name, wantLine(maxName))
	must(b, "site", &in.Site, wantName, words.WantName)
	in.Poller = in.Site
	read(b, "poller", &in.Poller, wantName)
	must(b, "address", &in.Address, wantLine(maxTarget), words.WantTarget)
	read(b, "version", &in.Version, oneOf("1", "2c", "3"))
	read(b, "secret", &in.Secret, wantName)
	read(b, "interval", &in.Interval, wantDuration(time.Second, 31*day))
	l.dependsOn(b, NodeOf("device", in.ID), &in.DependsOn)
	in.Pending = placeholder(hostOf(in.Address))
	b.done()
	if l.add("device", b) {
		l.devices = append(l.devices, d)
	}
}

// finishDevices judges what devices refer to.
func (l *loading) finishDevices() []Device {
	var all []Device
	for _, d := range l.devices {
		if d.device.Site != "" {
			l.refers(d.b.where("site"), "site", d.device.Site)
		}
		if d.device.Poller != d.device.Site {
			l.refers(d.b.where("poller"), "site", d.device.Poller)
		}
		if d.device.Secret != "" {
			l.refers(d.b.where("secret"), "secret", d.device.Secret)
		}
		all = append(all, d.device)
	}
	return all
}

// circuitChecks gives the site that polls a device one check of each circuit
// on it: its state is the circuit's.
func (l *loading) circuitChecks() {
	at := slices.IndexFunc(l.kinds, func(k *checks.Kind) bool { return k.Name == "snmp" })
	if at < 0 {
		return
	}
	devices := map[string]*deviceDraft{}
	for _, d := range l.devices {
		devices[d.device.ID] = d
	}
	floors := map[string]int64{}
	for _, t := range l.tiers {
		floors[t.ID] = t.Floor
	}
	for _, link := range l.links {
		for i := range link.link.Circuits {
			c := &link.link.Circuits[i]
			d := devices[c.Device]
			site := l.draftOf(d)
			if site == nil {
				continue
			}
			options := map[string][]string{"interface": {c.Interface}, "version": {d.device.Version}}
			if d.device.Secret != "" {
				options["secret"] = []string{"secret:" + d.device.Secret}
			}
			// What a tunnel or a radio claims to carry is no evidence (domain N05).
			if floor := floors[link.link.Tier]; floor > 0 && !SlowAccess(c.Access) && c.Access != "other" {
				options["floor"] = []string{strings.Replace(rate(floor), "bit/s", "bps", 1)} // as the kind writes it
			}
			site.checks = append(site.checks, &checkDraft{
				b: link.circuits[i], kind: l.kinds[at], ok: true,
				check: Check{
					Kind: "snmp", ID: "circuit-" + c.Link + "-" + c.ID, Target: d.device.Address, TargetName: c.Link + "/" + c.ID,
					Subject: c.Node(), Interval: d.device.Interval, Timeout: min(DefaultTimeout, d.device.Interval), Options: options,
				},
			})
		}
	}
}

// draftOf is the site that polls a device.
func (l *loading) draftOf(d *deviceDraft) *siteDraft {
	if d == nil {
		return nil
	}
	i := slices.IndexFunc(l.sites, func(s *siteDraft) bool { return s.site.ID == d.device.Poller })
	if i < 0 {
		return nil
	}
	return l.sites[i]
}

// gatewayChecks has the hub look at every gateway of an access point: without
// an agent there is no other evidence of it (domain 2.1, grade E1).
func (l *loading) gatewayChecks() {
	hub := slices.IndexFunc(l.sites, func(s *siteDraft) bool { return s.site.Kind == "hub" })
	at := slices.IndexFunc(l.kinds, func(k *checks.Kind) bool { return k.Name == "icmp" })
	if l.gatewayCheck == 0 || hub < 0 || at < 0 {
		return
	}
	for _, u := range l.units {
		for i := range u.unit.Access {
			a := &u.unit.Access[i]
			for _, gateway := range a.Gateways {
				id := "gateway-" + a.Unit + "-" + a.ID
				if gateway.Is6() {
					id += "-v6"
				}
				l.sites[hub].checks = append(l.sites[hub].checks, &checkDraft{
					b: u.access[i], kind: l.kinds[at], ok: true,
					check: Check{
						Kind: "icmp", ID: id, Target: gateway.String(), TargetName: a.Unit + "/" + a.ID, Subject: a.Node(),
						Interval: l.gatewayCheck, Timeout: min(DefaultTimeout, l.gatewayCheck),
					},
				})
			}
		}
	}
}
