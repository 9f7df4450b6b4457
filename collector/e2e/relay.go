package e2e

import (
	"fmt"
	"io"
	"net"
	"sync"
)

// A Relay is a line of the district: it forwards TCP connections to one
// address until it is cut. While it is cut nothing crosses it, in neither
// direction, and nobody answers at its address.
type Relay struct {
	to   string
	addr string // stays the same over cuts

	mu       sync.Mutex
	listener net.Listener // nil while cut
	conns    map[net.Conn]struct{}
	wg       sync.WaitGroup
}

// NewRelay opens a relay at listen (127.0.0.1:0, [::1]:0) to an address.
func NewRelay(listen, to string) (*Relay, error) {
	r := &Relay{to: to, addr: listen, conns: map[net.Conn]struct{}{}}
	return r, r.Mend()
}

// Addr is where the relay listens.
func (r *Relay) Addr() string { return r.addr }

// Crossing is how many connections cross it now.
func (r *Relay) Crossing() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.conns) / 2 // of two ends each
}

// Mend lets connections cross.
func (r *Relay) Mend() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.listener != nil {
		return nil
	}
	l, err := net.Listen("tcp", r.addr)
	if err != nil {
		return fmt.Errorf("open the relay to %s: %w", r.to, err)
	}
	r.listener, r.addr = l, l.Addr().String()
	r.wg.Go(func() { r.accept(l) })
	return nil
}

// Cut ends every connection and listens no more.
func (r *Relay) Cut() {
	r.mu.Lock()
	if r.listener != nil {
		r.listener.Close()
		r.listener = nil
	}
	for c := range r.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0) // no orderly goodbye crosses a cut fibre
		}
		c.Close()
	}
	clear(r.conns)
	r.mu.Unlock()
	r.wg.Wait()
}

func (r *Relay) accept(l net.Listener) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		r.wg.Go(func() { r.forward(l, in) })
	}
}

func (r *Relay) forward(l net.Listener, in net.Conn) {
	defer in.Close()
	out, err := net.Dial("tcp", r.to)
	if err != nil {
		return
	}
	defer out.Close()
	r.mu.Lock()
	if r.listener != l { // cut meanwhile
		r.mu.Unlock()
		return
	}
	r.conns[in], r.conns[out] = struct{}{}, struct{}{}
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.conns, in)
		delete(r.conns, out)
		r.mu.Unlock()
	}()
	done := make(chan struct{}, 2)
	pipe := func(to, from net.Conn) {
		io.Copy(to, from)
		if tcp, ok := to.(*net.TCPConn); ok {
			tcp.CloseWrite()
		}
		done <- struct{}{}
	}
	go pipe(in, out)
	go pipe(out, in)
	<-done
	<-done
}
