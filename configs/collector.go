package configs

import (
	"log/slog"
	"time"

	"fengsui/configs/words"
)

// collectorBlock reads the settings of the collector itself.
func (l *loading) collectorBlock(b *block) {
	if l.collectorB != nil {
		l.problem(b.at, phrase(words.ConfigTwice, "collector", l.place(l.collectorB.at)))
		return
	}
	l.collectorB = b
	c := &l.collector
	read(b, "district", &c.District, orEmpty(wantLine(maxDistrict)))
	read(b, "data", &c.Data, wantPath)
	read(b, "listen", &c.Listen, wantListen)
	read(b, "addresses", &c.Addresses, upTo(maxAddresses, listOf(0, wantReachable)))
	read(b, "web", &c.Web, wantLoopback)
	read(b, "names", &c.Names, listOf(0, wantHost))
	read(b, "ca_cert", &c.CACert, orEmpty(wantPath))
	read(b, "ca_key", &c.CAKey, orEmpty(wantPath))
	switch {
	case c.CACert != "" && c.CAKey == "":
		l.problem(b.where("ca_cert"), phrase(words.ConfigHalfCA, "ca_cert", "ca_key"))
	case c.CACert == "" && c.CAKey != "":
		l.problem(b.where("ca_key"), phrase(words.ConfigHalfCA, "ca_key", "ca_cert"))
	}
	read(b, "external_url", &c.ExternalURL, orEmpty(wantURL))
	readLevel(b, &c.LogLevel)
	b.once("silence", func(b *block) {
		read(b, "site", &c.SiteSilence, wantDuration(time.Second, day))
		read(b, "check_intervals", &c.CheckIntervals, wantInt(1, 100))
		read(b, "check_grace", &c.CheckGrace, wantDuration(0, day))
		b.done()
	})
	b.once("history", func(b *block) {
		read(b, "retention", &c.Retention, wantDuration(day, 3660*day))
		read(b, "out_of_order", &c.OutOfOrder, wantDuration(time.Hour, 366*day))
		read(b, "keep", &c.Keep, wantDuration(time.Hour, 366*day))
		read(b, "series_per_site", &c.MaxSeriesPerSite, wantInt(100, 1_000_000))
		if c.OutOfOrder < c.Keep {
			l.problem(b.where("out_of_order"), phrase(words.ConfigOutOfOrderShort, span(c.OutOfOrder), span(c.Keep)))
		}
		if c.Retention < c.OutOfOrder {
			l.problem(b.where("retention"), phrase(words.ConfigRetentionShort, span(c.Retention), span(c.OutOfOrder)))
		}
		b.done()
	})
	b.once("disk", func(b *block) {
		read(b, "refuse_below", &c.MinFree, wantSize(1<<20, 1<<50))
		read(b, "warn_below", &c.WarnFree, wantPercent(0, 0.9))
		b.done()
	})
	b.once("query", func(b *block) {
		read(b, "timeout", &c.QueryTimeout, wantDuration(time.Second, time.Hour))
		read(b, "samples", &c.QuerySamples, wantInt(1000, 1_000_000_000))
		b.done()
	})
	b.done()
}

// orEmpty also takes the empty text.
func orEmpty(w want[string]) want[string] {
	return func(l literal) (string, *wrong) {
		if l.kind == 't' && l.text == "" {
			return "", nil
		}
		return w(l)
	}
}

// readLevel reads the least level that is logged.
func readLevel(b *block, level *slog.Level) {
	var name string
	if read(b, "log_level", &name, oneOf("debug", "info", "warn", "error")) {
		if err := level.UnmarshalText([]byte(name)); err != nil {
			panic("BUG: " + err.Error())
		}
	}
}
