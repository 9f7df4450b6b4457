package api

import (
	"net/http"
	"testing"
	"time"

	"fengsui/collector/indicators"
	"fengsui/configs/calendar"
	"fengsui/configs/words"
)

func TestCoverage(t *testing.T) {
	t.Parallel()
	c := indicators.Coverage{At: calendar.Date{Year: 2026, Month: 11, Day: 23}.At(9 * time.Hour), Judging: true,
		Towns:   indicators.Share{Of: 2, Connected: 1, Missing: []indicators.Missing{{Site: "wanqing", Why: indicators.WhySilent}}},
		Through: indicators.Chains{Of: 3, Through: 1, Broken: []indicators.Missing{{Site: "wanqing-1", Why: indicators.WhySilent, At: "wanqing"}}, Unknown: []indicators.Missing{{Site: "qingfu-1", Why: indicators.WhyOffDuty, At: "qingfu-1"}}},
		Offices: []indicators.Reach{{Service: "oa", Name: "协同办公", Of: 3, Reached: 1, Missing: []indicators.Missing{{Site: "wanqing", Why: indicators.WhyDown}, {Site: "qingfu-1", Why: indicators.WhyDown}}}},
	}
	d := &desk{o: Options{Coverage: func() indicators.Coverage { return c }}}
	resp, body := fetch(t, d.serve(t)+"/api/v1/fengsui/coverage")
	const want = `{"data":{"at":"2026-11-23T09:00:00+08:00","judging":true,` +
		`"towns":{"sites":2,"connected":1,"ratio":0.5,"missing":[{"site":"wanqing","why":"silent","why_zh":"静默","why_en":"silent"}]},` +
		`"villages":{"sites":0,"connected":0,"ratio":null,"missing":[]},` +
		`"hierarchy":{"sites":3,"through":1,"broken":[{"site":"wanqing-1","why":"silent","why_zh":"静默","why_en":"silent","at":"wanqing"}],` +
		`"unknown":[{"site":"qingfu-1","why":"off_duty","why_zh":"下班","why_en":"off duty","at":"qingfu-1"}]},` +
		`"office_system":[{"service":"oa","name":"协同办公","sites":3,"reached":1,"not_reached":{"down":2},"missing":[` +
		`{"site":"wanqing","why":"down","why_zh":"中断","why_en":"down"},{"site":"qingfu-1","why":"down","why_zh":"中断","why_en":"down"}]}]},"status":"success"}` + "\n"
	if resp.StatusCode != http.StatusOK || body != want {
		t.Errorf("got %s %s, want %s", resp.Status, body, want)
	}
	for _, why := range []indicators.Why{indicators.WhyNoAgent, indicators.WhyUnopened, indicators.WhySilent, indicators.WhyOffDuty,
		indicators.WhyUnjudged, indicators.WhyUnseen, indicators.WhyTopless, indicators.WhyDown, indicators.WhyUnable} {
		if !words.Known(words.CoverageWhy + string(why)) {
			t.Errorf("%s has no words", why)
		}
	}
}
