package line

// CloseIdle closes idle connections as a wall between would.
func (l *Line) CloseIdle() { l.transport.CloseIdleConnections() }

// Open returns how many connections are held.
func (l *Line) Open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.conns)
}
