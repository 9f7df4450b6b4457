package identity

import (
	"crypto/ecdsa"
	"crypto/x509"
	"database/sql"
	"testing"
	"time"

	"fengsui/collector/wire"
)

// admit does what an agent's first push does.
func admit(t *testing.T, r *Registry, agent [16]byte) (ended *Agent) {
	t.Helper()
	err := r.db.Write(t.Context(), func(tx *sql.Tx) (err error) {
		ended, err = Admit(tx, agent, r.now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ended
}

// renew asks for a certificate as the agent with this one does.
func renew(t *testing.T, r *Registry, cert *x509.Certificate) (*x509.Certificate, error) {
	t.Helper()
	c, err := r.JudgeRenewal(t.Context(), []*x509.Certificate{cert}, r.now())
	if err != nil {
		return nil, err
	}
	der, _, err := r.Renew(t.Context(), c, newRequest(t))
	if err != nil {
		return nil, err
	}
	next, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return next, nil
}

func judged(t *testing.T, r *Registry, what string, cert *x509.Certificate, code string) Caller {
	t.Helper()
	c, err := r.Judge(t.Context(), []*x509.Certificate{cert}, r.now())
	wantRefusal(t, what, err, code)
	return c
}

// TestEnrolAgain: who lost the answer asks again with its key and is answered;
// nobody else is, and trying counts.
func TestEnrolAgain(t *testing.T) {
	t.Parallel()
	r, c, _ := newRegistry(t)
	code, request := mustCode(t, r, "qingfu"), newRequest(t)
	first, err := r.Enrol(t.Context(), code, request, source)
	if err != nil {
		t.Fatal(err)
	}
	c.t = c.t.Add(30 * time.Minute)
	for range triesPerSource + 1 {
		again, err := r.Enrol(t.Context(), code, request, source)
		if err != nil || again.Agent != first.Agent || !again.Again {
			t.Fatalf("asked again: got %+v, %v; want a certificate of the same agent", again, err)
		}
		cert, err := x509.ParseCertificate(again.Certificate)
		if err != nil {
			t.Fatal(err)
		}
		judged(t, r, "the second answer", cert, "")
	}
	for range triesPerSource {
		_, err = r.Enrol(t.Context(), code, newRequest(t), source)
		wantRefusal(t, "another key", err, wire.CodeUsed)
	}
	_, err = r.Enrol(t.Context(), code, newRequest(t), source)
	wantRefusal(t, "other keys, too often", err, wire.CodeTooManyTries)
	c.t = c.t.Add(30 * time.Minute)
	_, err = r.Enrol(t.Context(), code, request, source)
	wantRefusal(t, "behind the life of the code", err, wire.CodeUsed)
	if all, err := r.List(t.Context(), true); err != nil || len(all) != 1 {
		t.Errorf("got %+v, %v; want one agent", all, err)
	}
}

// TestEnrolAgainRevoked: a repeated request brings no revoked agent back.
func TestEnrolAgainRevoked(t *testing.T) {
	t.Parallel()
	r, _, _ := newRegistry(t)
	code, request := mustCode(t, r, "qingfu"), newRequest(t)
	if _, err := r.Enrol(t.Context(), code, request, source); err != nil {
		t.Fatal(err)
	}
	if err := r.Revoke(t.Context(), "qingfu", "stolen"); err != nil {
		t.Fatal(err)
	}
	_, err := r.Enrol(t.Context(), code, request, source)
	wantRefusal(t, "revoked meanwhile", err, wire.CodeUsed)
}

func TestPreview(t *testing.T) {
	t.Parallel()
	r, c, _ := newRegistry(t)
	code := mustCode(t, r, "qingfu")
	p, err := r.Preview(t.Context(), code, source)
	if err != nil || p.Site != "qingfu" || p.SiteName != "青福镇" || p.Present != nil {
		t.Fatalf("got %+v, %v; want 青福镇 without an agent", p, err)
	}
	e, err := r.Enrol(t.Context(), code, newRequest(t), source)
	if err != nil {
		t.Fatalf("previewed, then used: %v", err)
	}
	if p, err := r.Preview(t.Context(), mustCode(t, r, "qingfu"), source); err != nil || p.Present != nil {
		t.Errorf("an agent that never pushed: got %+v, %v; want it not told", p, err)
	}
	admit(t, r, e.Agent)
	err = r.db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE agents SET unacknowledged = 7, oldest = 5")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err = r.Preview(t.Context(), mustCode(t, r, "qingfu"), source)
	if err != nil || p.Present == nil || p.Present.ID != e.Agent || p.Present.Count != 7 || p.Present.Oldest.UnixNano() != 5 {
		t.Errorf("got %+v, %v; want the agent with 7 results", p, err)
	}
	for range 2 * triesPerSource {
		_, err = r.Preview(t.Context(), code[:9]+"!", source)
		wantRefusal(t, "mistyped", err, wire.CodeWrong)
	}
	for range triesPerSource {
		_, err = r.Preview(t.Context(), makeCode(), source)
		wantRefusal(t, "guessed", err, wire.CodeWrong)
	}
	_, err = r.Enrol(t.Context(), mustCode(t, r, "hub"), newRequest(t), source)
	wantRefusal(t, "guesses by previews count for enrolments", err, wire.CodeTooManyTries)
	c.t = c.t.Add(time.Minute)
	if _, err = r.Preview(t.Context(), mustCode(t, r, "hub"), source); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

// TestRenew: the old certificate is good until the new one is seen.
func TestRenew(t *testing.T) {
	t.Parallel()
	r, c, _ := newRegistry(t)
	_, old := mustEnrol(t, r, "qingfu")
	if judged(t, r, "fresh", old, "").Due {
		t.Error("a fresh certificate is due, want not")
	}
	c.t = c.t.Add(agentLife * 2 / 3)
	if !judged(t, r, "at two thirds", old, "").Due {
		t.Error("at two thirds of its life it is not due")
	}
	lost, err := renew(t, r, old)
	if err != nil {
		t.Fatal(err)
	}
	c.t = c.t.Add(time.Minute)
	judged(t, r, "the old one, the answer was lost", old, "")
	next, err := renew(t, r, old)
	if err != nil {
		t.Fatal(err)
	}
	if next.PublicKey.(*ecdsa.PublicKey).Equal(old.PublicKey) {
		t.Error("the new certificate is of the old key")
	}
	judged(t, r, "the old one before the new one's first use", old, "")
	if judged(t, r, "the new one", next, "").Due {
		t.Error("the new certificate is due, want not")
	}
	judged(t, r, "the old one behind it", old, wire.CodeRevoked)
	judged(t, r, "the one that never came", lost, wire.CodeRevoked)
	if _, err := renew(t, r, old); wire.RefusalOf(err).GetCode() != wire.CodeRevoked {
		t.Errorf("the old one asks for another: got %v, want refusal revoked", err)
	}
	all, err := r.List(t.Context(), false)
	if err != nil || len(all) != 1 || all[0].Serial != serialOf(next) || !all[0].Expires.Equal(next.NotAfter) {
		t.Errorf("got %+v, %v; want the new serial and end", all, err)
	}
}

// TestRenewedBeforeRestore: a collector that was restored from before a
// renewal takes the certificate that it does not remember, and a revocation
// holds for it.
func TestRenewedBeforeRestore(t *testing.T) {
	t.Parallel()
	r, c, _ := newRegistry(t)
	_, old := mustEnrol(t, r, "qingfu")
	c.t = c.t.Add(agentLife * 2 / 3)
	next, err := renew(t, r, old) // and the backup knows nothing: nothing is written
	if err != nil {
		t.Fatal(err)
	}
	judged(t, r, "the unknown certificate", next, "")
	if err := r.Revoke(t.Context(), "qingfu", "stolen"); err != nil {
		t.Fatal(err)
	}
	judged(t, r, "revoked", next, wire.CodeRevoked)
}

// TestRenewalWhileTheClockGoesBack: the next certificate never begins before
// the one in force, or the agent would lock itself out with it.
func TestRenewalWhileTheClockGoesBack(t *testing.T) {
	t.Parallel()
	r, c, _ := newRegistry(t)
	c.t = epoch.Add(20 * time.Hour)
	_, old := mustEnrol(t, r, "qingfu")
	c.t = epoch
	next, err := renew(t, r, old)
	if err != nil {
		t.Fatal(err)
	}
	judged(t, r, "the next one", next, "")
}

// TestGrace: for 90 days an expired certificate may ask for another, which a
// person approves; behind that it may not.
func TestGrace(t *testing.T) {
	t.Parallel()
	r, c, _ := newRegistry(t)
	_, old := mustEnrol(t, r, "qingfu")
	if err := r.Approve(t.Context(), "qingfu"); err == nil {
		t.Error("approved what nobody asked for")
	}
	c.t = old.NotAfter.Add(time.Second)
	asked := c.t
	judged(t, r, "expired", old, wire.CodeCertificateExpired)
	for range 2 {
		_, err := renew(t, r, old)
		wantRefusal(t, "held", err, wire.CodeApprovalWanted)
		c.t = c.t.Add(time.Hour)
	}
	if all, err := r.List(t.Context(), false); err != nil || len(all) != 1 || !all[0].Asked.Equal(asked) || !all[0].Approved.IsZero() {
		t.Errorf("got %+v, %v; want it to wait since %v", all, err, asked)
	}
	c.t = old.NotAfter.Add(grace)
	if err := r.Approve(t.Context(), "qingfu"); err != nil {
		t.Fatal(err)
	}
	judged(t, r, "approved, not renewed", old, wire.CodeCertificateExpired)
	if _, err := renew(t, r, old); err != nil {
		t.Fatalf("approved, the answer is lost: %v", err)
	}
	next, err := renew(t, r, old)
	if err != nil {
		t.Fatalf("approved: %v", err)
	}
	judged(t, r, "the new one", next, "")
	if all, err := r.List(t.Context(), false); err != nil || len(all) != 1 || !all[0].Asked.IsZero() || !all[0].Approved.IsZero() {
		t.Errorf("got %+v, %v; want the approval used up", all, err)
	}
	c.t = next.NotAfter.Add(grace + time.Second)
	_, err = renew(t, r, next)
	wantRefusal(t, "91 days", err, wire.CodeCertificateExpired)
}
