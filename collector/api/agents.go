package api

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"fengsui/collector/state"
	"fengsui/collector/wire"
)

// keepMissing is for how long the page names what is missing: as long as
// agents keep what they have.
const keepMissing = 7 * 24 * time.Hour

// Agents returns a reader of what the agents in force said about themselves,
// and of what is missing of them, by site, from tables agents, instances, lost
// and refusals.
func Agents(db *state.DB, now func() time.Time) func(context.Context) (map[string]AgentInfo, error) {
	return func(ctx context.Context) (map[string]AgentInfo, error) {
		rows, err := db.Read.QueryContext(ctx, `SELECT a.site, i.version, i.self_test, coalesce(c.since, 0), coalesce(i.went_back, 0), a.expires, coalesce(a.asked, 0)
			FROM instances i JOIN agents a ON a.agent = i.agent LEFT JOIN clones c ON c.agent = i.agent AND c.ended IS NULL
			WHERE a.revoked IS NULL AND i.superseded IS NULL ORDER BY a.admitted IS NOT NULL, i.last`)
		if err != nil {
			return nil, fmt.Errorf("read what agents said about themselves: %w", err)
		}
		defer rows.Close()
		all := map[string]AgentInfo{}
		for rows.Next() {
			var site, version string
			var raw []byte
			var clone, back, expires, asked int64
			if err := rows.Scan(&site, &version, &raw, &clone, &back, &expires, &asked); err != nil {
				return nil, fmt.Errorf("read what agents said about themselves: %w", err)
			}
			var t wire.SelfTest
			if err := proto.Unmarshal(raw, &t); err != nil {
				return nil, fmt.Errorf("read the self-test of the agent of site %s: %w", site, err)
			}
			info := AgentInfo{Version: version, ICMPMode: t.IcmpMode, IPv4: t.Ipv4, IPv6: t.Ipv6,
				NoteZH: t.NoteZh, NoteEN: t.NoteEn}
			if clone > 0 {
				info.Clone = time.Unix(0, clone)
			}
			if at := time.Unix(0, back); at.After(now().Add(-keepMissing)) {
				info.WentBack = at
			}
			if at := time.Unix(0, expires); at.Before(now()) {
				info.Expired = at
			}
			if asked > 0 {
				info.Asks = time.Unix(0, asked)
			}
			all[site] = info
		}
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("read what agents said about themselves: %w", err)
		}
		if err := missing(ctx, db, now().Add(-keepMissing), all); err != nil {
			return nil, fmt.Errorf("read what is missing of the agents: %w", err)
		}
		if err := replaced(ctx, db, now().Add(-keepMissing), all); err != nil {
			return nil, fmt.Errorf("read which agents were replaced: %w", err)
		}
		return all, nil
	}
}

func missing(ctx context.Context, db *state.DB, since time.Time, all map[string]AgentInfo) error {
	rows, err := db.Read.QueryContext(ctx, `SELECT a.site, m.code, m.n FROM agents a JOIN (
			SELECT agent, 'lost' AS code, sum(last - first + 1) AS n, max(told) AS at FROM lost WHERE told >= ?1 GROUP BY agent
			UNION ALL SELECT agent, code, count, last FROM refusals WHERE last >= ?1
		) m ON m.agent = a.agent WHERE a.revoked IS NULL ORDER BY a.site, m.at DESC, m.code`, since.UnixNano())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var site string
		var m Missing
		if err := rows.Scan(&site, &m.Code, &m.Count); err != nil {
			return err
		}
		info := all[site]
		info.Missing = append(info.Missing, m)
		all[site] = info
	}
	return rows.Err()
}

// replaced adds what agents that were replaced had not pushed.
func replaced(ctx context.Context, db *state.DB, since time.Time, all map[string]AgentInfo) error {
	rows, err := db.Read.QueryContext(ctx, `SELECT site, unacknowledged, revoked FROM agents
		WHERE reason = 'replaced' AND revoked >= ? AND unacknowledged > 0 ORDER BY revoked`, since.UnixNano())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var site string
		var left, at int64
		if err := rows.Scan(&site, &left, &at); err != nil {
			return err
		}
		info := all[site]
		info.Replaced, info.Unpushed = time.Unix(0, at), uint64(left)
		all[site] = info
	}
	return rows.Err()
}
