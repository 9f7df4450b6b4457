package uplink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"fengsui/agent/identity"
	"fengsui/collector/wire"
)

const (
	renewTimeout = 30 * time.Second
	renewLook    = time.Minute // how often the certificate's age is looked at
)

// errRenewed ends a contact whose certificate was renewed: the next one shows
// the new one, by which the collector learns that it arrived.
var errRenewed = errors.New("the certificate was renewed")

// renewing renews the certificate of a contact when the collector asks for it,
// or when it is due by the time that was learned. A renewal that fails is tried
// again every few minutes: there are months left. It returns [errRenewed] or
// nil when ctx is done.
func (u *Uplink) renewing(ctx context.Context, client wire.CollectorClient, id *identity.Identity) error {
	look := time.NewTicker(renewLook)
	defer look.Stop()
	for {
		now, known := u.learned.Now(u.o.Clock.BootTime())
		if u.State().Renew || known && id.RenewalDue(now) {
			err := u.renew(ctx, client, id)
			if err == nil {
				return errRenewed
			}
			if ctx.Err() != nil {
				return nil
			}
			u.o.Logger.Warn("the certificate was not renewed; the present one stays in use", "error", Judge(err).EN)
			rest(ctx, u.personPause())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-u.renewal:
		case <-look.C:
		}
	}
}

// renew asks for the next certificate, with a new key, and keeps both.
func (u *Uplink) renew(ctx context.Context, client wire.CollectorClient, id *identity.Identity) error {
	key, err := identity.NewKey()
	if err != nil {
		return &fault{ClassIdentity, err}
	}
	request, err := key.Request()
	if err != nil {
		return &fault{ClassIdentity, err}
	}
	req := &wire.RenewRequest{Contact: u.say(), Request: request}
	answer, _, _, err := call(ctx, u, renewTimeout, client.Renew, req, req.Contact)
	if err != nil {
		return err
	}
	next, err := id.Renewed(key, answer)
	if err != nil {
		return &fault{ClassDecode, err}
	}
	if err := u.o.Keep(id, next); err != nil {
		return &fault{ClassIdentity, fmt.Errorf("keep the next certificate: %w", err)}
	}
	u.o.Logger.Info("the certificate was renewed", "until", next.Certificate.NotAfter)
	return nil
}

// late says whether the collector has called this certificate expired: then
// all that it takes is the wish for another.
func (u *Uplink) late(id *identity.Identity) bool {
	return id != nil && bytes.Equal(u.expired, id.Certificate.Raw)
}
