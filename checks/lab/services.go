//go:build linux

package lab

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sync/errgroup"
)

// serve writes the daemons' files and starts them all.
func (d *District) serve() error {
	hosts := map[string][]netip.Addr{}
	for _, name := range []string{"collector", "portal", "cloud"} {
		v4, v6 := d.Addresses(name)
		hosts[name] = []netip.Addr{v4, v6}
	}
	v4, v6 := d.Addresses("names")
	hosts["ns"] = []netip.Addr{v4, v6}
	var err error
	if d.zone, err = newZone(Zone+".", hosts); err != nil {
		return err
	}
	steps := []error{d.resolvers(), d.nsd(), d.unbound()}
	certificate, key, err := d.certificate()
	if err != nil {
		return err
	}
	for _, name := range []string{"portal", "cloud"} {
		steps = append(steps, d.nginx(name, certificate, key))
	}
	for _, s := range d.Sites {
		steps = append(steps, d.snmpd(s))
	}
	if err := errors.Join(steps...); err != nil {
		return err
	}
	var work errgroup.Group
	for _, daemon := range d.daemons {
		work.Go(daemon.Start)
	}
	return work.Wait()
}

// resolvers makes the names host the resolver of all that starts in the
// district.
func (d *District) resolvers() error {
	v4, v6 := d.Addresses("names")
	path := filepath.Join(d.dir, "resolv.conf")
	text := fmt.Sprintf("nameserver %s\nnameserver %s\noptions timeout:1 attempts:1\n", v4, v6)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return err
	}
	for name := range d.hosts {
		if err := d.Place(name).Mount(path, "/etc/resolv.conf"); err != nil {
			return err
		}
	}
	return nil
}

// daemon adds one: config is the text of its file, words its command line in
// which CONFIG stands for that file.
func (d *District) daemon(name, place, config string, ready func() error, words ...string) error {
	dir, err := d.folder(name)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "config")
	for i := range words {
		words[i] = strings.NewReplacer("CONFIG", path, "DIR", dir).Replace(words[i])
	}
	d.daemons[name] = &Daemon{place: d.Place(place), words: words, log: filepath.Join(dir, "log"), ready: ready}
	return os.WriteFile(path, []byte(strings.ReplaceAll(config, "DIR", dir)), 0o600)
}

// nsd holds the zone. It listens beside unbound on the same host.
func (d *District) nsd() error {
	if err := d.writeZone(); err != nil {
		return err
	}
	v4, v6 := d.Addresses("names")
	config := fmt.Sprintf(`server:
  ip-address: %s@5300
  ip-address: %s@5300
  username: ""
  zonesdir: "DIR"
  zonelistfile: "DIR/zone.list"
  xfrdfile: "DIR/xfrd.state"
  xfrdir: "DIR"
  database: ""
  pidfile: "DIR/pid"
  server-count: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: %q
  zonefile: "zone"
`, v4, v6, Zone)
	return d.daemon("nsd", "names", config, func() error { return d.answers("names", 5300) }, "nsd", "-d", "-c", "CONFIG")
}

func (d *District) writeZone() error {
	dir, err := d.folder("nsd")
	if err != nil {
		return err
	}
	text, err := d.zone.text(time.Now())
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "zone")
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// unbound resolves for the district, and validates: its root of trust is the
// zone's own key.
func (d *District) unbound() error {
	v4, v6 := d.Addresses("names")
	config := fmt.Sprintf(`server:
  interface: %s
  interface: %s
  access-control: 0.0.0.0/0 allow
  access-control: ::/0 allow
  username: ""
  chroot: ""
  directory: "DIR"
  pidfile: "DIR/pid"
  use-syslog: no
  logfile: ""
  num-threads: 1
  module-config: "validator iterator"
  trust-anchor: %q
  local-zone: "test." nodefault
  cache-max-ttl: %d
  cache-max-negative-ttl: %d
  infra-host-ttl: 1
remote-control:
  control-enable: no
stub-zone:
  name: %q
  stub-addr: %s@5300
`, v4, v6, d.zone.anchor(), ttl, ttl, Zone, v4)
	return d.daemon("unbound", "names", config, func() error { return d.answers("names", 53) }, "unbound", "-d", "-p", "-c", "CONFIG")
}

// answers asks a name server of the district for the portal.
func (d *District) answers(place string, port uint16) error {
	v4, _ := d.Addresses(place)
	c, err := d.Place(place).Dial(context.Background(), "udp", netip.AddrPortFrom(v4, port).String())
	if err != nil {
		return err
	}
	defer c.Close()
	q := new(dns.Msg).SetQuestion("portal."+Zone+".", dns.TypeA)
	client := dns.Client{Timeout: time.Second}
	a, _, err := client.ExchangeWithConn(q, &dns.Conn{Conn: c})
	if err == nil && len(a.Answer) == 0 {
		err = fmt.Errorf("it answers %s without an address for portal.%s", dns.RcodeToString[a.Rcode], Zone)
	}
	return err
}

// nginx serves a page over TLS.
func (d *District) nginx(name, certificate, key string) error {
	page := fmt.Sprintf("%s.%s 登录", name, Zone)
	config := fmt.Sprintf(`daemon off;
master_process off;
pid DIR/pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path DIR/body;
  proxy_temp_path DIR/proxy;
  fastcgi_temp_path DIR/fastcgi;
  uwsgi_temp_path DIR/uwsgi;
  scgi_temp_path DIR/scgi;
  server {
    listen 80;
    listen [::]:80;
    listen 443 ssl;
    listen [::]:443 ssl;
    ssl_certificate %s;
    ssl_certificate_key %s;
    default_type "text/plain; charset=utf-8";
    location / { return 200 %q; }
  }
}
`, certificate, key, page)
	return d.daemon(name, name, config, func() error {
		c, err := d.Place(name).Dial(context.Background(), "tcp", "[::1]:443")
		if err != nil {
			return err
		}
		return c.Close()
	}, "nginx", "-e", "stderr", "-p", "DIR", "-c", "CONFIG")
}

// snmpd speaks for a router.
func (d *District) snmpd(s Site) error {
	config := fmt.Sprintf(`dontLogTCPWrappersConnects yes
agentAddress udp:161,udp6:[%[4]s]:161
rocommunity %[1]s
rocommunity6 %[1]s
sysName %[2]s
sysLocation %[3]s
`, Community, s.Router(), s.Name, s.address(1)[1].Addr()) // over IPv6 it answers from where it is bound only
	get, err := sysUpTime()
	if err != nil {
		return err
	}
	return d.daemon("snmpd-"+s.ID, s.Router(), config, func() error {
		c, err := d.Place(s.Router()).Dial(context.Background(), "udp", "127.0.0.1:161")
		if err != nil {
			return err
		}
		defer c.Close()
		if _, err := c.Write(get); err != nil {
			return err
		}
		c.SetReadDeadline(time.Now().Add(time.Second))
		_, err = c.Read(make([]byte, 1500))
		return err
	}, "snmpd", "-f", "-Le", "-C", "-c", "CONFIG", "-p", "DIR/pid", "-m", "", "-I", "-smux,mteTrigger,mteTriggerConf")
}

// sysUpTime is a GET of it by SNMP v2c (RFC 1905).
func sysUpTime() ([]byte, error) {
	type binding struct {
		Name  asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	type pdu struct {
		ID, Status, Index int
		Bindings          []binding
	}
	return asn1.Marshal(struct {
		Version   int
		Community []byte
		PDU       pdu `asn1:"tag:0"`
	}{1, []byte(Community), pdu{ID: 1, Bindings: []binding{{asn1.ObjectIdentifier{1, 3, 6, 1, 2, 1, 1, 3, 0}, asn1.NullRawValue}}}})
}

// StopResolver stops what the district resolves names with.
func (d *District) StopResolver() { d.daemons["unbound"].Stop() }

// Stop stops a daemon as a power cut does: nsd, unbound, portal, cloud, or
// snmpd- and a site.
func (d *District) Stop(daemon string) { d.named(daemon).Stop() }

// Start starts a daemon again.
func (d *District) Start(daemon string) error { return d.named(daemon).Start() }

func (d *District) named(daemon string) *Daemon {
	if found := d.daemons[daemon]; found != nil {
		return found
	}
	panic(fmt.Sprintf("the lab has no daemon %q", daemon))
}

// SetName makes a name of the zone lead elsewhere. nsd reads the zone again;
// nobody keeps an answer for longer than a second.
func (d *District) SetName(name string, to ...netip.Addr) error {
	d.zone.hosts[name] = to
	if err := d.writeZone(); err != nil {
		return err
	}
	return d.daemons["nsd"].cmd.Process.Signal(syscall.SIGHUP)
}

// certificate makes an authority, and one certificate for all web servers.
func (d *District) certificate() (certificate, key string, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "lab"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "portal." + Zone},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range []string{"portal", "cloud"} {
		v4, v6 := d.Addresses(name)
		leaf.DNSNames = append(leaf.DNSNames, name+"."+Zone)
		leaf.IPAddresses = append(leaf.IPAddresses, net.IP(v4.AsSlice()), net.IP(v6.AsSlice()))
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, private.Public(), private)
	if err != nil {
		return "", "", err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, private.Public(), private)
	if err != nil {
		return "", "", err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", err
	}
	d.CA = filepath.Join(d.dir, "ca.pem")
	certificate, key = filepath.Join(d.dir, "certificate.pem"), filepath.Join(d.dir, "key.pem")
	for path, block := range map[string]*pem.Block{
		d.CA:        {Type: "CERTIFICATE", Bytes: caDER},
		certificate: {Type: "CERTIFICATE", Bytes: leafDER},
		key:         {Type: "PRIVATE KEY", Bytes: keyDER},
	} {
		err = errors.Join(err, os.WriteFile(path, pem.EncodeToMemory(block), 0o600))
	}
	return certificate, key, err
}
