package configs

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"fengsui/configs/words"
)

// A scope is what names stand for where an expression is written. The nil
// scope knows none.
//
// Expressions are looked at here and never given to HCL, which cannot be
// interrupted: what there is are plain values, names, and texts made of both,
// so the work is bounded by what was written.
type scope struct {
	values map[string]map[string]literal // by root and name: var.x, each.key, site.gateway
	about  map[string]string             // by root: whose names they are, for sentences
}

// with is a scope that knows one root more.
func (s *scope) with(root, about string, values map[string]literal) *scope {
	in := &scope{values: map[string]map[string]literal{root: values}, about: map[string]string{root: about}}
	if s == nil {
		return in
	}
	for k, v := range s.values {
		if k != root {
			in.values[k], in.about[k] = v, s.about[k]
		}
	}
	return in
}

// literal returns the value of an expression.
func (s *scope) literal(e hclsyntax.Expression) literal {
	l := literal{kind: 'x', at: e.Range()}
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		switch v := e.Val; {
		case v.IsNull():
			l.kind = 0
		case v.Type() == cty.Number:
			l.kind, l.number = 'n', v.AsBigFloat()
		case v.Type() == cty.Bool:
			l.kind, l.bool = 'b', v.True()
		case v.Type() == cty.String: // a cell of a table
			l.kind, l.text = 't', v.AsString()
		}
	case *hclsyntax.UnaryOpExpr:
		if inner := s.literal(e.Val); e.Op == hclsyntax.OpNegate && inner.kind == 'n' {
			l.kind, l.number = 'n', new(big.Float).Neg(inner.number)
		}
	case *hclsyntax.TemplateWrapExpr:
		return s.text([]hclsyntax.Expression{e.Wrapped}, l)
	case *hclsyntax.TemplateExpr:
		return s.text(e.Parts, l)
	case *hclsyntax.TupleConsExpr:
		l.kind = 'l'
		for _, item := range e.Exprs {
			l.list = append(l.list, s.literal(item))
		}
	case *hclsyntax.ObjectConsExpr:
		return s.object(e, l)
	case *hclsyntax.ScopeTraversalExpr:
		return s.name(e, l)
	case *hclsyntax.FunctionCallExpr:
		l.why = reasonOf(phrase(words.ConfigFunction, clip(e.Name)))
	}
	return l
}

func reasonOf(s said) *said { return &s }

// text joins the parts of a template.
func (s *scope) text(parts []hclsyntax.Expression, l literal) literal {
	var text strings.Builder
	for _, part := range parts {
		var p literal
		if lit, ok := part.(*hclsyntax.LiteralValueExpr); ok && !lit.Val.IsNull() && lit.Val.Type() == cty.String {
			p = literal{kind: 't', text: lit.Val.AsString()}
		} else {
			p = s.literal(part)
			l.made = true
		}
		switch p.kind {
		case 't':
			text.WriteString(p.text)
		case 'n':
			text.WriteString(p.number.Text('f', -1))
		case 'x', 'w':
			l.why = p.why
			return l
		default:
			l.why = reasonOf(phrase(words.ConfigTemplatePart, p.shown()))
			return l
		}
		if l.made && text.Len() > maxText {
			l.why = reasonOf(phrase(words.ConfigTextLong, strconv.Itoa(maxText)))
			return l
		}
	}
	l.kind, l.text = 't', text.String()
	return l
}

// object reads { a = …, "b" = … }.
func (s *scope) object(e *hclsyntax.ObjectConsExpr, l literal) literal {
	l.kind, l.fields = 'o', map[string]literal{}
	for _, item := range e.Items {
		key := ""
		if k, ok := item.KeyExpr.(*hclsyntax.ObjectConsKeyExpr); ok {
			if key = hcl.ExprAsKeyword(k.Wrapped); key == "" {
				key = s.literal(k.Wrapped).text
			}
		}
		if _, twice := l.fields[key]; twice || key == "" {
			return literal{kind: 'x', at: item.KeyExpr.Range(), why: reasonOf(phrase(words.ConfigObjectKey, quote(key)))}
		}
		l.keys = append(l.keys, key)
		l.fields[key] = s.literal(item.ValueExpr)
	}
	return l
}

// name looks up var.x, each.value.name and their like.
func (s *scope) name(e *hclsyntax.ScopeTraversalExpr, l literal) literal {
	if len(e.Traversal) == 1 {
		l.kind = 'w'
		return l
	}
	var path []string
	for _, step := range e.Traversal {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			path = append(path, step.Name)
		case hcl.TraverseAttr:
			path = append(path, step.Name)
		default:
			return l
		}
	}
	if s == nil { // the file knows no names at all
		return l
	}
	if s.values[path[0]] == nil {
		roots := sortedKeys(s.values)
		l.why = reasonOf(phrase(words.ConfigNameRoot, clip(strings.Join(path, ".")), namesOf(roots)))
		return l
	}
	v, known := s.values[path[0]][path[1]]
	around, about := s.values[path[0]], s.about[path[0]]
	for i, step := range path[1:] {
		if i > 0 {
			around, about = v.fields, strings.Join(path[:i+1], ".")
			if v.kind == 'x' {
				return v
			}
			v, known = v.fields[step]
		}
		if !known {
			names := sortedKeys(around)
			l.why = reasonOf(phrase(words.ConfigNameUnknown, clip(strings.Join(path[:i+2], ".")), about, namesOf(names), hint(step, names)))
			return l
		}
	}
	if v.kind == 'x' && v.why != nil { // of a site without gateway, say
		l.why = v.why
		return l
	}
	return v.moved(l.at)
}

// namesOf lists names in a sentence, bounded.
func namesOf(names []string) any {
	const most = 12
	switch {
	case len(names) == 0:
		return phrase(words.ConfigNoneKnown)
	case len(names) > most:
		return strings.Join(names[:most], ", ") + " …"
	}
	return strings.Join(names, ", ")
}

// hint offers the name that was probably meant.
func hint(name string, known []string) any {
	if n := near(name, known); n != "" && slices.Contains(known, n) {
		return phrase(words.ConfigNear, strconv.Quote(n))
	}
	return ""
}
