package collectortest

import (
	"context"
	"crypto/sha256"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"fengsui/collector/wire"
)

// handler is the collector as agents call it.
type handler struct{ *Collector }

var _ wire.CollectorHandler = handler{}

func (c handler) Preview(ctx context.Context, r *connect.Request[wire.PreviewRequest]) (*connect.Response[wire.PreviewResponse], error) {
	if err := c.fault(ctx, "Preview", "before"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.Msg.Code != Code {
		return nil, refuse(wire.CodeWrong)
	}
	return connect.NewResponse(&wire.PreviewResponse{Site: "qingfu", SiteName: "青福镇", Present: c.present}), nil
}

func (c handler) Enrol(ctx context.Context, r *connect.Request[wire.EnrolRequest]) (*connect.Response[wire.EnrolResponse], error) {
	if err := c.fault(ctx, "Enrol", "before"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	cert := c.Authority.Client(r.Msg.Request)
	key := string(cert.RawSubjectPublicKeyInfo)
	switch {
	case r.Msg.Code != Code:
		return nil, refuse(wire.CodeWrong)
	case c.usedBy != "" && c.usedBy != key:
		return nil, refuse(wire.CodeUsed)
	}
	c.usedBy = key
	if err := c.fault(ctx, "Enrol", "after"); err != nil {
		return nil, err
	}
	return connect.NewResponse(&wire.EnrolResponse{
		Certificate: cert.Raw, Authority: [][]byte{c.Authority.Cert.Raw},
		Site: "qingfu", SiteName: "青福镇", Agent: make([]byte, 16),
	}), nil
}

func (c handler) Renew(ctx context.Context, r *connect.Request[wire.RenewRequest]) (*connect.Response[wire.RenewResponse], error) {
	if err := c.fault(ctx, "Renew", "before"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	received := c.now()
	c.renewals++
	cert := c.Authority.Client(r.Msg.Request)
	if err := c.fault(ctx, "Renew", "after"); err != nil {
		return nil, err
	}
	c.renew = false
	return connect.NewResponse(&wire.RenewResponse{
		Timing: c.timing(received), Certificate: cert.Raw, Authority: [][]byte{c.Authority.Cert.Raw},
	}), nil
}

func (c handler) Hello(ctx context.Context, r *connect.Request[wire.HelloRequest]) (*connect.Response[wire.HelloResponse], error) {
	if err := c.fault(ctx, "Hello", "before"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	received := c.now()
	c.hellos = append(c.hellos, proto.CloneOf(r.Msg))
	c.instance, c.hello = r.Msg.Contact.Instance, false
	answer := &wire.HelloResponse{Site: "qingfu", SiteName: "青福镇", Anchors: c.anchors, NumberingWentBack: c.wentBack}
	c.wentBack = false
	for k := range c.results {
		answer.Held = append(answer.Held, &wire.Range{Epoch: []byte(k.epoch), First: k.sequence, Last: k.sequence})
	}
	answer.Timing = c.timing(received)
	return connect.NewResponse(answer), nil
}

func (c handler) Push(ctx context.Context, r *connect.Request[wire.PushRequest]) (*connect.Response[wire.PushResponse], error) {
	if err := c.fault(ctx, "Push", "before"); err != nil {
		return nil, err
	}
	answer, err := c.push(r.Msg)
	if err != nil {
		return nil, err
	}
	if err := c.fault(ctx, "Push", "after"); err != nil {
		return nil, err
	}
	return connect.NewResponse(answer), nil
}

func (c handler) push(r *wire.PushRequest) (*wire.PushResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	received := c.now()
	if err := c.known(r.Contact); err != nil {
		return nil, err
	}
	if _, err := wire.CheckPush(r); err != nil {
		return nil, err
	}
	c.pushes = append(c.pushes, proto.CloneOf(r))
	answer := &wire.PushResponse{Anchors: c.anchors}
	for _, b := range r.Batches {
		outcome, err := c.take(b)
		if err != nil {
			return nil, err
		}
		answer.Answers = append(answer.Answers, &wire.BatchAnswer{Outcome: outcome})
	}
	answer.Timing = c.timing(received)
	return answer, nil
}

// take stores a batch once.
func (c *Collector) take(b *wire.Batch) (wire.BatchAnswer_Outcome, error) {
	at := key{string(b.Epoch), b.First}
	if digest, ok := c.digests[at]; ok {
		if digest == b.Digest {
			return wire.BatchAnswer_DUPLICATE, nil
		}
		return wire.BatchAnswer_CLASHED, nil
	}
	body, _, err := wire.DecodeBody(b.Body)
	if err != nil || wire.Digest(b.Body) != b.Digest || int(b.Count) != len(body.Results) {
		return 0, refuse(wire.CodeBroken)
	}
	if c.held[string(body.Revision)] {
		return wire.BatchAnswer_HELD, nil
	}
	c.digests[at] = b.Digest
	for i, result := range body.Results {
		k := key{string(b.Epoch), b.First + uint64(i)}
		if c.results[k] != nil {
			c.doubled++
		}
		c.results[k] = &Stored{
			Epoch: b.Epoch, Sequence: k.sequence, Revision: body.Revision, Boot: body.Boot,
			Kind: body.Kinds[result.Kind], Result: result, Pushed: time.Now(),
		}
	}
	return wire.BatchAnswer_STORED, nil
}

func (c handler) Poll(ctx context.Context, r *connect.Request[wire.PollRequest]) (*connect.Response[wire.PollResponse], error) {
	if err := c.fault(ctx, "Poll", "before"); err != nil {
		return nil, err
	}
	received := time.Now()
	wait := time.NewTimer(time.Duration(r.Msg.WaitSeconds) * time.Second)
	defer wait.Stop()
	for {
		c.mu.Lock()
		err, encoded, secrets, changed, renew := c.known(r.Msg.Contact), c.assignment, c.secrets, c.changed, c.renew
		c.mu.Unlock()
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(encoded)
		if len(encoded) > 0 && string(sum[:]) != string(r.Msg.Revision) {
			return connect.NewResponse(&wire.PollResponse{Timing: c.lockedTiming(received), Revision: sum[:], Assignment: encoded, Renew: renew, Secrets: secrets}), nil
		}
		if renew {
			return connect.NewResponse(&wire.PollResponse{Timing: c.lockedTiming(received), Revision: r.Msg.Revision, Renew: true}), nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-wait.C:
			return connect.NewResponse(&wire.PollResponse{Timing: c.lockedTiming(received), Revision: r.Msg.Revision}), nil
		case <-changed:
		}
	}
}

func (c handler) Goodbye(ctx context.Context, r *connect.Request[wire.GoodbyeRequest]) (*connect.Response[wire.GoodbyeResponse], error) {
	if err := c.fault(ctx, "Goodbye", "before"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	received := c.now()
	c.goodbyes = append(c.goodbyes, proto.CloneOf(r.Msg))
	return connect.NewResponse(&wire.GoodbyeResponse{Timing: c.timing(received)}), nil
}
