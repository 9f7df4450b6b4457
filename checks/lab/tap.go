//go:build linux

package lab

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Shape puts a line through a [Forwarder] whose losses follow from seed, until
// Unshape: there is the way from the line's first end to its second.
func (n *Network) Shape(name string, there, back Shape, seed uint64) (*Forwarder, error) {
	if err := n.Unshape(name); err != nil {
		return nil, err
	}
	l := n.line(name)
	bridge := l.ends[0][:len(l.ends[0])-1]
	second := bridge + "s"
	var taps []*os.File
	for _, tap := range []string{bridge + "t", second + "t"} {
		f, err := n.fibre.tap(tap)
		if err != nil {
			for _, t := range taps {
				t.Close()
			}
			return nil, err
		}
		taps = append(taps, f)
	}
	l.via = NewForwarder(taps[0], taps[1], there, back, seed)
	return l.via, n.fibre.IP(
		"link add "+second+" type bridge mcast_snooping 0 forward_delay 0",
		"link set "+second+" up",
		"link set "+bridge+"t master "+bridge+" up",
		"link set "+second+"t master "+second+" up",
		"link set "+l.ends[1]+" master "+second)
}

// Unshape makes a line plain again.
func (n *Network) Unshape(name string) error {
	l := n.line(name)
	if l.via == nil {
		return nil
	}
	err := l.via.Close() // its devices go with it
	l.via = nil
	bridge := l.ends[0][:len(l.ends[0])-1]
	return errors.Join(err, n.fibre.IP("link set "+l.ends[1]+" master "+bridge, "link delete "+bridge+"s"))
}

// tap makes an Ethernet device in the place whose packets this process carries.
func (p *Place) tap(name string) (f *os.File, err error) {
	err = p.Do(func() error {
		fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
		if err != nil {
			return fmt.Errorf("open /dev/net/tun: %w", err)
		}
		request, err := unix.NewIfreq(name)
		if err == nil {
			request.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI)
			err = unix.IoctlIfreq(fd, unix.TUNSETIFF, request)
		}
		if err != nil {
			unix.Close(fd)
			return fmt.Errorf("make the device %s: %w", name, err)
		}
		f = os.NewFile(uintptr(fd), name)
		return nil
	})
	return f, err
}
