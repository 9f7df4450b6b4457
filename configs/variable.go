package configs

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"fengsui/configs/words"
)

// variables reads what var.NAME stands for, before anything else is read: the
// values of the one block variables, and the defaults of what is not there.
func (l *loading) variables(tops []*block) {
	values := map[string]literal{}
	declared := map[string]hcl.Range{}
	for _, b := range tops {
		b.each("variable", `variable "resolver"`, func(in *block) {
			in.words = append(in.words, "default")
			l.vocabulary[in.path]["default"] = true
			if !l.add("variable", in) {
				return
			}
			declared[in.labels[0]] = in.at
			if in.has("default") {
				l.variable(values, in.labels[0], in.body.Attributes["default"])
			}
			in.done()
		})
	}
	var first *block
	for _, b := range tops {
		b.each("variables", "variables", func(in *block) {
			if first != nil {
				l.problem(in.at, phrase(words.ConfigTwice, "variables", l.place(first.at)))
				return
			}
			first = in
			in.rest(func(a *hclsyntax.Attribute) {
				if _, known := declared[a.Name]; !known {
					if l.whole() {
						l.problem(a.NameRange, phrase(words.ConfigVariableUnknown, clip(a.Name)), near(a.Name, sortedKeys(declared)))
					}
					return
				}
				l.variable(values, a.Name, a)
			})
			in.done()
		})
	}
	for name, at := range declared {
		if _, given := values[name]; !given && l.whole() {
			l.problem(at, phrase(words.ConfigVariableMissing, quote(name), name))
		}
	}
	for _, b := range tops {
		b.scope = b.scope.with("var", "var", values)
	}
}

// variable takes a plain value: no variable is made of another.
func (l *loading) variable(values map[string]literal, name string, a *hclsyntax.Attribute) {
	var none *scope
	v := none.literal(a.Expr)
	if v.kind == 'x' || v.kind == 'w' || v.kind == 0 {
		l.badValue(name, v, &wrong{})
		v.why = reasonOf(phrase(words.ConfigVariableWrong, name)) // said where it is wrong, and again where it is used: one mistake
	}
	values[name] = v
}
