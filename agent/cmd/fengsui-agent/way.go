package main

import (
	"errors"

	"fengsui/agent"
	"fengsui/agent/identity"
	"fengsui/agent/line"
	"fengsui/checks/all"
	"fengsui/configs"
	"fengsui/configs/words"
)

// A way is where an enrolment goes, by which proxy, and what it leaves where.
type way struct {
	district   string   // by its pack; "" without one
	collectors []string // host:port
	pin        identity.Pin
	proxy      *line.Proxy // nil: straight
	data       string

	once bool // the agent runs by another proxy than this enrolment
}

// way gathers an enrolment's way: word by word, what the command line says
// goes before what the pack says, and that before what agent.hcl says. Of the
// pin there is one only: a pack with another beside it is a mix-up.
func (c *enrollCmd) way() (w way, err error) {
	w.collectors, w.data = c.Collector, c.Data
	pin := c.Pin
	switch {
	case c.Pack != "" && pin != "":
		return w, errors.New(words.Text("enroll.pin_twice", c.Lang))
	case c.Pack != "":
		pack, err := configs.LoadPack(c.Pack)
		if err != nil {
			return w, err
		}
		w.district, pin = pack.District, pack.Pin
		if len(w.collectors) == 0 {
			w.collectors = pack.Collectors
		}
	case pin == "":
		return w, errors.New(words.Text("enroll.no_pin", c.Lang))
	}
	path := c.Config
	if path == "" && (len(w.collectors) == 0 || w.data == "") {
		path = configFile
	}
	var proxy configs.Proxy
	if path != "" {
		config, err := configs.LoadAgent(path, all.Kinds()...)
		if err != nil {
			return w, err
		}
		if len(w.collectors) == 0 {
			w.collectors = config.Collectors
		}
		if w.data == "" {
			w.data = config.Data
		}
		proxy = config.Proxy
	}
	if len(w.collectors) == 0 {
		return w, errors.New(words.Text("enroll.no_collector", c.Lang, path))
	}
	if w.pin, err = identity.ParsePin(pin); err != nil {
		return w, err
	}
	used, err := c.proxy(proxy)
	w.proxy, w.once = agent.Proxy(used), used != proxy
	return w, err
}

// proxy is the one of agent.hcl with what the command line says instead. A
// password is never an argument, for the reason of a code ([enrollCmd.code]).
func (c *enrollCmd) proxy(p configs.Proxy) (configs.Proxy, error) {
	if c.Proxy != nil {
		p.Address = *c.Proxy
	}
	if c.ProxyUser != "" {
		p.User, p.PasswordFile = c.ProxyUser, "" // the file is the other user's
	}
	if c.ProxyPasswordFile != "" {
		p.PasswordFile = c.ProxyPasswordFile
	}
	switch {
	case p.Address != "" && !configs.IsHostPort(p.Address):
		return p, errors.New(words.Text("enroll.proxy_address", c.Lang, p.Address))
	case !configs.IsUser(p.User):
		return p, errors.New(words.Text("enroll.proxy_user", c.Lang))
	case p.Address == "" && (c.ProxyUser != "" || c.ProxyPasswordFile != ""):
		return p, errors.New(words.Text("enroll.proxy_none", c.Lang))
	case p.User == "" && c.ProxyPasswordFile != "":
		return p, errors.New(words.Text("enroll.proxy_nobody", c.Lang))
	}
	return p, nil
}
