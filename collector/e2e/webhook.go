package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// A Webhook is a receiver of notifications that keeps what it got.
type Webhook struct {
	URL string

	server *http.Server
	mu     sync.Mutex
	got    []Notification
}

// A Notification is the body of Alertmanager's webhook, as far as we read it.
type Notification struct {
	Received time.Time `json:"-"`
	Raw      []byte    `json:"-"`

	GroupKey    string            `json:"groupKey"`
	Status      string            `json:"status"`
	Receiver    string            `json:"receiver"`
	GroupLabels map[string]string `json:"groupLabels"`
	TextZH      string            `json:"text_zh"`
	TextEN      string            `json:"text_en"`
	SMSZH       string            `json:"sms_zh"`
	Alerts      []struct {
		Status      string            `json:"status"`
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
		StartsAt    time.Time         `json:"startsAt"`
	} `json:"alerts"`
}

// Sites returns the sites of the alerts with this status.
func (n Notification) Sites(status string) []string {
	var sites []string
	for _, a := range n.Alerts {
		if a.Status == status {
			sites = append(sites, a.Labels["site"])
		}
	}
	return sites
}

// NewWebhook listens on a port of 127.0.0.1.
func NewWebhook() (*Webhook, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the webhook: %w", err)
	}
	return ServeWebhook(l), nil
}

// ServeWebhook takes notifications at a listener.
func ServeWebhook(l net.Listener) *Webhook {
	w := &Webhook{URL: "http://" + l.Addr().String() + "/"}
	w.server = &http.Server{Handler: w, ReadHeaderTimeout: 5 * time.Second}
	go w.server.Serve(l)
	return w
}

// ServeHTTP takes a notification.
func (w *Webhook) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	n := Notification{Received: time.Now(), Raw: body}
	if err == nil {
		err = json.Unmarshal(body, &n)
	}
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	w.got = append(w.got, n)
	w.mu.Unlock()
}

// Got returns what has arrived so far, oldest first.
func (w *Webhook) Got() []Notification {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Notification(nil), w.got...)
}

// Close stops listening.
func (w *Webhook) Close() error { return w.server.Close() }
