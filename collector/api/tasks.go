package api

import (
	"fmt"
	"net/http"
	"slices"

	"fengsui/collector/posture"
	"fengsui/collector/tasks"
	"fengsui/configs"
	"fengsui/configs/words"
)

// openTasks is how many set-up tasks the page lists before it folds the rest.
const openTasks = 20

type taskRow struct{ Who, What, Next string }

// taskList is the block of set-up tasks; nil when there is nothing to do.
type taskList struct {
	Total  int
	Counts []line
	First  []taskRow
	Folded []taskRow
	More   string // the word that unfolds them
}

func (v *view) tasks(d *configs.District, snap posture.Snapshot) *taskList {
	all := tasks.Of(d, snap)
	if len(all) == 0 {
		return nil
	}
	l := &taskList{Total: len(all)}
	for _, c := range tasks.Counts(all) {
		l.Counts = append(l.Counts, line{Label: c.Who(v.lang), Text: number(c.N)})
	}
	for i, t := range all {
		row := taskRow{t.Who(v.lang), t.What(v.lang), t.Next(v.lang)}
		if i < openTasks {
			l.First = append(l.First, row)
		} else {
			l.Folded = append(l.Folded, row)
		}
	}
	l.More = words.Text(words.Plain+"tasks_more", v.lang, len(l.Folded))
	return l
}

// tasksAPI mounts the set-up tasks: all, or of one owner or kind.
func tasksAPI(mux *http.ServeMux, o *Options) {
	if o.District == nil {
		return
	}
	mux.Handle("/api/v1/fengsui/tasks", only(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		kind := q.Get("kind")
		if kind != "" && !slices.Contains(tasks.Kinds, kind) {
			problem(w, http.StatusBadRequest, "bad_data", fmt.Sprintf("kind is %.64q, want one of %v", kind, tasks.Kinds))
			return
		}
		all := tasks.Of(o.District(), o.Posture.Snapshot())
		all = slices.DeleteFunc(all, func(t tasks.Task) bool {
			return kind != "" && t.Kind != kind || q.Has("owner") && t.Owner != q.Get("owner")
		})
		type count struct {
			tasks.Count
			WhoZH string `json:"who_zh"`
			WhoEN string `json:"who_en"`
		}
		type row struct {
			tasks.Task
			WhoZH  string `json:"who_zh"`
			WhoEN  string `json:"who_en"`
			WhatZH string `json:"what_zh"`
			WhatEN string `json:"what_en"`
			NextZH string `json:"next_zh"`
			NextEN string `json:"next_en"`
		}
		counts, rows := []count{}, make([]row, 0, len(all))
		for _, c := range tasks.Counts(all) {
			counts = append(counts, count{c, c.Who("zh"), c.Who("en")})
		}
		for _, t := range all {
			rows = append(rows, row{t, t.Who("zh"), t.Who("en"), t.What("zh"), t.What("en"), t.Next("zh"), t.Next("en")})
		}
		answer(w, map[string]any{"total": len(rows), "owners": counts, "tasks": rows})
	}), http.MethodGet))
}
