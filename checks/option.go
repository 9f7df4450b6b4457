package checks

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An Option is one word that a kind understands in its block: a field of the
// check's struct tagged `option:"count" doc:"echo requests a run" min:"1" max:"100"`.
type Option struct {
	Name    string
	Type    string   // string, list, bool, number, duration or percent
	Default []string // as Set would take it
	Doc     string
	Min     string // bound as written in the tag; empty for none
	Max     string
	Choices []string // what a string may be; nil when anything
}

// A Percent is a share: 0.05 is written "5%".
type Percent float64

// String writes the share as a percentage.
func (p Percent) String() string {
	return strconv.FormatFloat(math.Round(float64(p)*1e8)/1e6, 'g', -1, 64) + "%"
}

// Options lists the options of a check with the values that it holds now.
func Options(c Check) []Option {
	v := reflect.ValueOf(c).Elem()
	var all []Option
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, ok := f.Tag.Lookup("option")
		if !ok {
			continue
		}
		o := Option{
			Name: name, Type: typeName(f.Type), Default: text(v.Field(i)),
			Doc: f.Tag.Get("doc"), Min: f.Tag.Get("min"), Max: f.Tag.Get("max"),
		}
		if choices := f.Tag.Get("choices"); choices != "" {
			o.Choices = strings.Split(choices, ",")
		}
		all = append(all, o)
	}
	return all
}

// Set gives an option its value: one text, or any number of them for a list.
// The error names the option, what was given and what is wanted.
func Set(c Check, name string, values ...string) error {
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Tag.Get("option") == name {
			return set(v.Field(i), f, name, values)
		}
	}
	var known []string
	for _, o := range Options(c) {
		known = append(known, o.Name)
	}
	return fmt.Errorf("option %q is not known, want one of: %s", name, strings.Join(known, ", "))
}

func set(v reflect.Value, f reflect.StructField, name string, values []string) error {
	if v.Kind() == reflect.Slice {
		v.Set(reflect.ValueOf(append([]string(nil), values...)))
		return nil
	}
	if len(values) != 1 {
		return fmt.Errorf("option %q has %d values, want one", name, len(values))
	}
	s := values[0]
	number, err := parse(v, s)
	if err != nil {
		return fmt.Errorf("option %q is %q, want %w", name, s, err)
	}
	for bound, sign := range map[string]float64{"min": 1, "max": -1} {
		limit := f.Tag.Get(bound)
		if limit == "" {
			continue
		}
		b, err := parse(reflect.New(v.Type()).Elem(), limit)
		if err != nil {
			panic(fmt.Sprintf("BUG: option %s: %s: %v", name, bound, err))
		}
		if sign*number < sign*b {
			return fmt.Errorf("option %q is %q, want %s %s", name, s, map[string]string{"min": "at least", "max": "at most"}[bound], limit)
		}
	}
	if v.Kind() == reflect.String {
		if choices := f.Tag.Get("choices"); choices != "" && !slices.Contains(strings.Split(choices, ","), s) {
			return fmt.Errorf("option %q is %q, want one of: %s", name, s, strings.ReplaceAll(choices, ",", ", "))
		}
	}
	_, err = parse(v, s)
	return err
}

// parse writes s into v and returns it as a number, for bounds.
func parse(v reflect.Value, s string) (float64, error) {
	switch v.Interface().(type) {
	case time.Duration:
		d, err := ParseDuration(s)
		if err != nil {
			return 0, err
		}
		v.SetInt(int64(d))
		return float64(d), nil
	case Percent:
		p, err := ParsePercent(s)
		if err != nil {
			return 0, err
		}
		v.SetFloat(float64(p))
		return float64(p), nil
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		if s != "true" && s != "false" {
			return 0, fmt.Errorf("true or false")
		}
		v.SetBool(s == "true")
	case reflect.Int:
		n, err := strconv.Atoi(s)
		if err != nil {
			return 0, fmt.Errorf("a whole number")
		}
		v.SetInt(int64(n))
		return float64(n), nil
	default:
		panic("BUG: option of type " + v.Type().String())
	}
	return 0, nil
}

// ParseDuration reads a length of time: time.ParseDuration with days ("7d").
// It is never negative. The error says what is wanted.
func ParseDuration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil && n <= 36500 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("a length of time such as \"500ms\", \"10s\", \"5m\" or \"7d\"")
	}
	return d, nil
}

// ParsePercent reads a share from "0%" to "100%". The error says what is wanted.
func ParsePercent(s string) (Percent, error) {
	if number, ok := strings.CutSuffix(s, "%"); ok {
		if f, err := strconv.ParseFloat(number, 64); err == nil && f >= 0 && f <= 100 {
			return Percent(f / 100), nil
		}
	}
	return 0, fmt.Errorf("a percentage such as \"5%%\"")
}

func text(v reflect.Value) []string {
	if v.Kind() == reflect.Slice {
		return append([]string{}, v.Interface().([]string)...)
	}
	return []string{fmt.Sprint(v.Interface())}
}

func typeName(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "duration"
	case t == reflect.TypeFor[Percent]():
		return "percent"
	case t == reflect.TypeFor[[]string]():
		return "list"
	case t.Kind() == reflect.Bool:
		return "bool"
	case t.Kind() == reflect.Int:
		return "number"
	case t.Kind() == reflect.String:
		return "string"
	}
	panic("BUG: option of type " + t.String())
}
