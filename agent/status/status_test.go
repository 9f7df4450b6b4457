package status

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fengsui/agent/clock"
)

// sample is a file of an agent that is fine.
func sample(c clock.Clock) *File {
	offset := 1500 * time.Millisecond
	return &File{
		Written: c.Wall(), Boot: hex.EncodeToString(c.Boot()), BootNS: int64(c.BootTime()), EveryNS: 15 * time.Second,
		Version: "1.0", Site: "qingfu", SiteName: "青福镇", Instance: "0102", Started: c.Wall().Add(-time.Hour),
		Contact:    Contact{Now: true, Address: "127.0.0.1:7443", LastPush: c.Wall().Add(-2 * time.Second), Pushes: 9, Results: 90, SentBytes: 9999, ClockOffsetNS: &offset},
		Assignment: Assignment{Revision: strings.Repeat("ab", 32), Checks: 3},
		SelfTest:   SelfTest{ICMPMode: "raw", V4: true},
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change func(*File)
		later  time.Duration
		want   Verdict
		code   int
	}{
		"fine":               {nil, 0, Fine, 0},
		"fresh enough":       {nil, 50 * time.Second, Fine, 0},
		"old":                {nil, time.Minute, Stale, 1},
		"old and in trouble": {func(f *File) { f.Problems = []Problem{{Class: "refused"}} }, time.Minute, Stale, 1},
		"in trouble":         {func(f *File) { f.Problems = []Problem{{Class: "refused"}} }, 0, Troubled, 1},
		"no contact yet":     {func(f *File) { f.Contact.Now = false }, 0, Troubled, 1},
		"stopped":            {func(f *File) { f.Stopped = true }, time.Hour, Ended, 1},
		"of another boot":    {func(f *File) { f.Boot = "00" }, 0, Before, 1},
		"of the future":      {func(f *File) { f.BootNS += int64(time.Hour) }, 0, Before, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := clock.NewFake()
			f := sample(c)
			if row.change != nil {
				row.change(f)
			}
			time.Sleep(row.later)
			got, _ := f.Judge(c)
			if got != row.want || got.ExitCode() != row.code {
				t.Errorf("%s: verdict %d and code %d, want %d and %d", name, got, got.ExitCode(), row.want, row.code)
			}
		})
	}
}

// TestWallClockDecidesNothing: a stepped wall clock makes no file fresh.
func TestWallClockDecidesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clock.NewFake()
		f := sample(c)
		time.Sleep(time.Hour)
		c.Skew = -time.Hour
		if got, _ := f.Judge(c); got != Stale {
			t.Errorf("an hour later, the clock set back an hour: verdict %d, want stale", got)
		}
	})
}

func TestWriteAndRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := Read(dir); !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), dir) {
		t.Errorf("an empty directory: %v, want ErrNone and the directory", err)
	}
	f := sample(clock.NewFake())
	for range 2 {
		if err := f.Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Read(dir)
	if err != nil || got.SiteName != "青福镇" || *got.Contact.ClockOffsetNS != *f.Contact.ClockOffsetNS {
		t.Errorf("read %+v, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "status.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(dir); err == nil || errors.Is(err, ErrNone) {
		t.Errorf("a damaged file: %v, want an error that is not ErrNone", err)
	}
}

// TestRender: every sentence is there in both languages, with its arguments.
func TestRender(t *testing.T) {
	t.Parallel()
	full := func(f *File) {
		f.Contact.Now, f.Contact.Held, f.Contact.Clashed, f.Contact.Renew = false, 2, 1, true
		f.Contact.Refused = map[string]uint64{"clock": 3, "rows": 1}
		f.Assignment.Cached, f.Assignment.Skipped = true, []string{"x (of_tomorrow): unknown"}
		f.Spool = Spool{Unacknowledged: 12, Bytes: 1 << 21, Oldest: f.Written.Add(-90 * time.Minute), Dropped: 4, Damages: []string{"segment 3 was cut"},
			Memory: &Memory{Checkpoint: f.Written.Add(-7 * time.Minute), EveryNS: 15 * time.Minute}}
		f.SelfTest.NoteZH, f.SelfTest.NoteEN = "没有 IPv6", "no IPv6 here"
		f.Problems = []Problem{{Class: "refused", ZH: "连接被拒绝", EN: "connection refused"}}
	}
	for name, row := range map[string]struct {
		change func(*File)
		lang   string
		want   []string
	}{
		"just begun":  {func(f *File) { f.Contact.LastPush = time.Time{}; f.Spool.Unacknowledged = 1 }, "en", []string{"in contact at 127.0.0.1:7443, nothing pushed yet", "1 results wait, the oldest for 0.0s"}},
		"behind":      {func(f *File) { late := -time.Second; f.Contact.ClockOffsetNS = &late }, "zh", []string{"本机比采集中心慢 1s"}},
		"in memory":   {func(f *File) { f.Spool.Memory = &Memory{EveryNS: 15 * time.Minute} }, "en", []string{"every 15m0s, never yet"}},
		"fine, zh":    {nil, "zh", []string{"青福镇（qingfu）", "状态：正常", "已连接 127.0.0.1:7443", "9 次", "3 项检查", "1.5s", "IPv4 有，IPv6 无"}},
		"fine, en":    {nil, "en", []string{"qingfu (青福镇)", "state: fine", "in contact at 127.0.0.1:7443", "90 results", "9.8 KiB", "IPv4 yes, IPv6 no"}},
		"full, zh":    {full, "zh", []string{"问题：连接被拒绝", "未连接", "（clock）：3", "本机缓存", "of_tomorrow", "12 条待上报", "1h30m", "2.0 MiB", "：4 条", "segment 3", "没有 IPv6", "要求换发", "每 15m0s 写盘一次，最近一次在 7m0s 前"}},
		"full, en":    {full, "en", []string{"problem: connection refused", "out of contact", "(clock): 3", "from this disk", "12 results wait", "no IPv6 here", "kept: 4", "last 7m0s before"}},
		"nothing, zh": {func(f *File) { f.Contact, f.Assignment = Contact{}, Assignment{} }, "zh", []string{"尚未连接成功", "尚未收到"}},
	} {
		f := sample(clock.NewFake())
		if row.change != nil {
			row.change(f)
		}
		for v := Fine; v <= Before; v++ {
			var b bytes.Buffer
			if err := f.Render(&b, row.lang, v, 3*time.Second); err != nil {
				t.Fatal(err)
			}
			text := b.String()
			if v == Fine {
				for _, want := range row.want {
					if !strings.Contains(text, want) {
						t.Errorf("%s lacks %q:\n%s", name, want, text)
					}
				}
			}
			if strings.Contains(text, "%!") || strings.Contains(text, "status.") {
				t.Errorf("%s, verdict %d has a sentence without its words or arguments:\n%s", name, v, text)
			}
		}
	}
}

func TestLength(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second: "0.0s", 1500 * time.Millisecond: "1.5s", 61 * time.Second: "1m1s", 90 * time.Minute: "1h30m", 50 * time.Hour: "2d2h",
	} {
		if got := length(d); got != want {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
	}
}
