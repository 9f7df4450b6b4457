package all_test

import (
	"encoding/binary"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ntpWords are time servers.
var ntpWords = map[string]arrange{
	// An honest one, of chrony.
	"chronyd": func(w *world, _ []string) {
		w.t.Helper()
		conf := filepath.Join(w.dir, "chrony.conf")
		w.must(os.WriteFile(conf, []byte("local stratum 8\nallow all\ncmdport 0\nbindcmdaddress /\npidfile "+w.dir+"/chronyd.pid\nuser root\n"), 0o644))
		cmd := exec.Command(tool(w.t, "/usr/sbin/chronyd"), "-x", "-d", "-f", conf)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		w.must(w.place("server").Do(cmd.Start))
		w.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		w.until("chronyd to answer", func() bool { return w.asksTime(server4.String()) && w.asksTime(server6.String()) })
	},
	// One that says what the words want: stratum=, offset=, leap=, kiss=,
	// origin=wrong, mode=, short=, drop= (every so manieth is lost), tells=.
	"ntp": func(w *world, args []string) {
		w.t.Helper()
		says := map[string]string{"stratum": "2", "offset": "0s", "leap": "0", "mode": "4", "short": "48"}
		var where []string
		for _, a := range args {
			if name, value, ok := strings.Cut(a, "="); ok {
				says[name] = value
			} else {
				where = append(where, a)
			}
		}
		for _, a := range w.at(where) {
			c, err := w.place("server").ListenPacket("udp", net.JoinHostPort(a.String(), "123"))
			w.must(err)
			w.t.Cleanup(func() { c.Close() })
			go serveTime(c, says)
		}
	},
}

// until waits for a thing of the world.
func (w *world) until(what string, done func() bool) {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("waited 20 s in vain for %s", what)
		}
	}
}

func (w *world) asksTime(at string) bool {
	c, err := w.place("agent").Dial(w.t.Context(), "udp", net.JoinHostPort(at, "123"))
	if err != nil {
		return false
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(200 * time.Millisecond))
	c.Write(append([]byte{0x23}, make([]byte, 47)...))
	n, err := c.Read(make([]byte, 100))
	return err == nil && n >= 48
}

func serveTime(c net.PacketConn, says map[string]string) {
	number := func(name string) int { n, _ := strconv.Atoi(says[name]); return n }
	offset, _ := time.ParseDuration(says["offset"])
	b := make([]byte, 1500)
	for n := 1; ; n++ {
		size, from, err := c.ReadFrom(b)
		if err != nil {
			return
		}
		switch mode := b[0] & 7; {
		case mode == 6 && says["tells"] != "":
			text := `version="ntpd 4.2.6", processor="x86_64"`
			c.WriteTo(append([]byte{0x16, 0x82, b[2], b[3], 6, 0x15, 0, 0, 0, 0, 0, byte(len(text))}, text...), from)
		case mode == 7 && says["tells"] != "":
			c.WriteTo(append([]byte{0x97, 0, 3, 0x2a, 0, 6, 0, 72}, make([]byte, 432)...), from)
		case mode != 3 || size < 48 || number("drop") > 0 && n%number("drop") != 0:
		default:
			out := make([]byte, 48)
			out[0] = byte(number("leap"))<<6 | 4<<3 | byte(number("mode"))
			out[1], out[2], out[3] = byte(number("stratum")), 6, 0xec
			copy(out[12:], "LOCL")
			if k := says["kiss"]; k != "" {
				out[1] = 0
				copy(out[12:], k)
			}
			copy(out[24:32], b[40:48])
			if says["origin"] == "wrong" {
				out[24]++
			}
			now := time.Now().Add(offset)
			for _, at := range []int{16, 32, 40} {
				binary.BigEndian.PutUint32(out[at:], uint32(now.Unix()+2208988800))
				binary.BigEndian.PutUint32(out[at+4:], uint32(uint64(now.Nanosecond())<<32/1e9))
			}
			c.WriteTo(out[:number("short")], from)
		}
	}
}
