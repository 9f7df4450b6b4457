package e2e

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// A Web asks the collector's web listener as a person or a dashboard would.
type Web struct {
	Base   string       // http://127.0.0.1:7480
	Client *http.Client // from where it asks; nil: from here
}

// A Point is one sample.
type Point struct {
	At    time.Time
	Value float64
}

// A Series is a metric with its samples.
type Series struct {
	Metric map[string]string
	Points []Point
}

// Get returns a page.
func (w Web) Get(ctx context.Context, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.Base+path, nil)
	if err != nil {
		return "", err
	}
	resp, err := cmp.Or(w.Client, http.DefaultClient).Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	if resp.StatusCode != http.StatusOK {
		return string(body), fmt.Errorf("get %s: status %s, want 200: %.300s", path, resp.Status, body)
	}
	return string(body), nil
}

// Query evaluates PromQL now. A range selector such as `x[1h]` returns every
// sample as it was stored.
func (w Web) Query(ctx context.Context, expr string) ([]Series, error) {
	body, err := w.Get(ctx, "/api/v1/query?"+url.Values{"query": {expr}}.Encode())
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
				Values [][2]any
			}
		}
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		return nil, fmt.Errorf("query %s: %w", expr, err)
	}
	var all []Series
	for _, r := range answer.Data.Result {
		s := Series{Metric: r.Metric}
		if r.Value[0] != nil {
			r.Values = append(r.Values, r.Value)
		}
		for _, v := range r.Values {
			p, err := point(v)
			if err != nil {
				return nil, fmt.Errorf("query %s: %w", expr, err)
			}
			s.Points = append(s.Points, p)
		}
		all = append(all, s)
	}
	return all, nil
}

func point(v [2]any) (Point, error) {
	at, ok := v[0].(float64)
	text, ok2 := v[1].(string)
	if !ok || !ok2 {
		return Point{}, fmt.Errorf("sample %v, want [time, \"value\"]", v)
	}
	f, err := strconv.ParseFloat(text, 64)
	return Point{time.UnixMilli(int64(at*1000 + 0.5)), f}, err
}

// Scalar evaluates PromQL that has one value; no series at all is an error.
func (w Web) Scalar(ctx context.Context, expr string) (float64, error) {
	all, err := w.Query(ctx, expr)
	if err != nil {
		return 0, err
	}
	if len(all) != 1 || len(all[0].Points) != 1 {
		return 0, fmt.Errorf("query %s: got %d series, want one value", expr, len(all))
	}
	return all[0].Points[0].Value, nil
}
