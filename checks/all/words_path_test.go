package all_test

// pathWords change the way to the server.
var pathWords = map[string]arrange{
	// From now on the way leads over another router, between near and far.
	"detour": func(w *world, _ []string) {
		w.must(w.net.Add("bypass"))
		w.must(w.net.Line("bypass-near", w.end("near", "eth2", "10.0.4.1/24", "fd00:4::1/64"), w.end("bypass", "eth0", "10.0.4.2/24", "fd00:4::2/64")))
		w.must(w.net.Line("bypass-far", w.end("bypass", "eth1", "10.0.5.1/24", "fd00:5::1/64"), w.end("far", "eth2", "10.0.5.2/24", "fd00:5::2/64")))
		w.ip("bypass", "route add 10.0.3.0/24 via 10.0.5.2", "route add fd00:3::/64 via fd00:5::2", "route add 10.0.1.0/24 via 10.0.4.1", "route add fd00:1::/64 via fd00:4::1")
		w.ip("near", "route change 10.0.3.0/24 via 10.0.4.2", "route change fd00:3::/64 via fd00:4::2")
		w.ip("far", "route change 10.0.1.0/24 via 10.0.5.1", "route change fd00:1::/64 via fd00:5::1")
	},
	// near and far send packets for the server to each other.
	"loop": func(w *world, _ []string) {
		w.ip("far", "route add 10.0.3.2/32 via 10.0.2.1", "route add fd00:3::2/128 via fd00:2::1")
	},
}
