// Package dashboards embeds what people look at. It holds no code: the
// collector fills the pages and serves them.
package dashboards

import _ "embed" // plain.html

// Plain is the html/template of /plain: one page without script, readable
// without style sheets and in a text browser.
//
//go:embed plain.html
var Plain string
