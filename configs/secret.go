package configs

import (
	"errors"
	"os"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"fengsui/configs/words"
)

// secretBlock reads where a secret comes from. A secret that is not there is
// no mistake of what is written: whoever asks for a list of agents has not the
// environment of the service. What needs it is unable, and says so.
func (l *loading) secretBlock(b *block) {
	s := Secret{Name: b.labels[0]}
	b.words = append(b.words, "value")
	l.vocabulary[b.path]["value"] = true
	if b.has("value") {
		s.Value = l.secretValue(b)
	} else {
		l.problem(b.at, phrase(words.ConfigMissing, b.name, "value", phrase(words.WantSecret)))
	}
	b.done()
	if l.add("secret", b) {
		l.secrets = append(l.secrets, s)
	}
}

// maxSecret bounds a secret, in bytes.
const maxSecret = 4 << 10

// secretValue evaluates env("NAME") or file("PATH"). Nothing of the value is
// ever part of a sentence.
func (l *loading) secretValue(b *block) string {
	e := b.body.Attributes["value"].Expr
	call, ok := e.(*hclsyntax.FunctionCallExpr)
	var arg literal
	if ok && len(call.Args) == 1 && !call.ExpandFinal {
		arg = b.scope.literal(call.Args[0])
	}
	if !ok || arg.kind != 't' || arg.text == "" || call.Name != "env" && call.Name != "file" {
		// The line is not quoted: what was written may be the secret itself.
		l.problem(b.at, phrase(words.ConfigSecretPlain, b.name))
		return ""
	}
	var value string
	switch call.Name {
	case "env":
		v, set := os.LookupEnv(arg.text)
		if !set {
			l.warn(e.Range(), phrase(words.ConfigSecretEnv, b.name, clip(arg.text)))
			return ""
		}
		value = v
	case "file":
		src, err := l.secretFile(arg.text)
		if err != nil {
			l.warn(e.Range(), phrase(words.ConfigSecretFile, b.name, clip(err.Error())))
			return ""
		}
		value = string(src)
	}
	value = strings.TrimRight(value, "\r\n")
	if value == "" || len(value) > maxSecret || strings.ContainsRune(value, 0) {
		l.problem(e.Range(), phrase(words.ConfigSecretSize, b.name))
		return ""
	}
	return value
}

var errNoSecret = errors.New("it is no regular file of the size of a secret")

func (l *loading) secretFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > 4*maxSecret {
		return nil, &os.PathError{Op: "read", Path: path, Err: errNoSecret}
	}
	return os.ReadFile(path)
}
