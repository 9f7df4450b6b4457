package configs

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// tooDeep finds the token at which a source is nested deeper than the parser,
// which descends recursively, should follow: brackets, templates, signs and
// conditionals. Nothing but a bound on the source bounds its stack.
func tooDeep(tokens hclsyntax.Tokens) (hcl.Range, bool) {
	opens := map[hclsyntax.TokenType]hclsyntax.TokenType{
		hclsyntax.TokenOBrace: hclsyntax.TokenCBrace, hclsyntax.TokenOBrack: hclsyntax.TokenCBrack,
		hclsyntax.TokenOParen: hclsyntax.TokenCParen, hclsyntax.TokenTemplateInterp: hclsyntax.TokenTemplateSeqEnd,
	}
	closes := map[hclsyntax.TokenType]hclsyntax.TokenType{}
	for open, end := range opens {
		closes[end] = open
	}
	depth := map[hclsyntax.TokenType]int{}
	sum, signs, chain := 0, 0, 0
	var last hclsyntax.TokenType
	for _, t := range tokens {
		if open, ok := closes[t.Type]; ok && depth[open] > 0 {
			depth[open]--
			sum--
		}
		if _, ok := opens[t.Type]; ok {
			depth[t.Type]++
			sum++
		}
		switch t.Type {
		case hclsyntax.TokenMinus, hclsyntax.TokenBang:
			signs++
		case hclsyntax.TokenNewline: // inside brackets newlines end nothing: signs go on
		default:
			signs = 0
		}
		switch t.Type {
		case hclsyntax.TokenQuestion, hclsyntax.TokenTemplateControl:
			chain++
		case hclsyntax.TokenOBrack: // an index, when it follows a value
			switch last {
			case hclsyntax.TokenIdent, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCBrace, hclsyntax.TokenCQuote:
				chain++
			}
		}
		if t.Type != hclsyntax.TokenNewline && t.Type != hclsyntax.TokenComment {
			last = t.Type
		}
		if sum > maxNesting || signs > maxNesting || chain > 100*maxNesting {
			return t.Range, true
		}
	}
	return hcl.Range{}, false
}
