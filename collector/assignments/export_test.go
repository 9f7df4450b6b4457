package assignments

// Remembered counts the revisions in memory.
func Remembered(a *Assignments) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.labels)
}
