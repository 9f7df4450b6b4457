package api

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"fengsui/collector/state"
	"fengsui/collector/wire"
)

// Agents returns a reader of what the agents in force said about themselves,
// by site, from tables agents and instances.
func Agents(db *state.DB) func(context.Context) (map[string]AgentInfo, error) {
	return func(ctx context.Context) (map[string]AgentInfo, error) {
		rows, err := db.Read.QueryContext(ctx, `SELECT a.site, i.version, i.self_test FROM instances i JOIN agents a ON a.agent = i.agent
			WHERE a.revoked IS NULL AND i.superseded IS NULL ORDER BY i.last`)
		if err != nil {
			return nil, fmt.Errorf("read what agents said about themselves: %w", err)
		}
		defer rows.Close()
		all := map[string]AgentInfo{}
		for rows.Next() {
			var site, version string
			var raw []byte
			if err := rows.Scan(&site, &version, &raw); err != nil {
				return nil, fmt.Errorf("read what agents said about themselves: %w", err)
			}
			var t wire.SelfTest
			if err := proto.Unmarshal(raw, &t); err != nil {
				return nil, fmt.Errorf("read the self-test of the agent of site %s: %w", site, err)
			}
			all[site] = AgentInfo{Version: version, ICMPMode: t.IcmpMode, IPv4: t.Ipv4, IPv6: t.Ipv6,
				ClockOffset: time.Duration(t.ClockOffsetNs), NoteZH: t.NoteZh, NoteEN: t.NoteEn}
		}
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("read what agents said about themselves: %w", err)
		}
		return all, nil
	}
}
