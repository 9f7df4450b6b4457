package agent

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"fengsui/agent/disk"
	"fengsui/checks"
	"fengsui/collector/wire"
)

// secretsFile keeps the secrets of the cached assignment, so that its checks
// run after a restart without a collector: SHA-256 of the rest, and the rest
// as JSON, values by reference. It is apart from everything else, readable by
// the agent alone, and nothing of it is logged or shown.
const secretsFile = "secrets"

// Bounds of what a collector may tell.
const (
	maxSecrets     = 1000
	maxSecretBytes = 64 << 10
)

// gather returns the former secrets and those that were told.
func gather(former map[string][]byte, told []*wire.Secret) (map[string][]byte, error) {
	if len(told) > maxSecrets {
		return nil, fmt.Errorf("it comes with %d secrets, want at most %d", len(told), maxSecrets)
	}
	all := maps.Clone(former)
	if all == nil {
		all = map[string][]byte{}
	}
	for _, s := range told {
		if len(s.Value) > maxSecretBytes {
			return nil, fmt.Errorf("its secret %.80q has %d bytes, want at most %d", s.Reference, len(s.Value), maxSecretBytes)
		}
		all[s.Reference] = s.Value
	}
	return all, nil
}

// confide tells a check its secret, when it wants one, and notes which. The
// reason is not zero when the secret is there and cannot be used; a check that
// was told none says so itself.
func (w *assignment) confide(spec checks.Spec, secrets map[string][]byte) checks.Reason {
	c, ok := spec.Check.(checks.Confidant)
	if !ok || c.SecretName() == "" {
		return checks.Reason{}
	}
	reference, ok := strings.CutPrefix(c.SecretName(), checks.SecretPrefix)
	value, held := secrets[reference]
	if !ok || !held {
		w.lacking = true
		return checks.Reason{}
	}
	w.secrets[reference] = value
	if err := c.Confide(string(value)); err != nil {
		name, _, _ := strings.Cut(reference, "@")
		return checks.ReasonSecretWrong.With(spec.Target, name, err.Error())
	}
	return checks.Reason{}
}

func (a *Agent) keepSecrets(secrets map[string][]byte) error {
	text, err := json.Marshal(secrets) // keys sorted, values in base64
	if err != nil {
		return fmt.Errorf("encode the secrets: %w", err)
	}
	sum := sha256.Sum256(text)
	return disk.Replace(filepath.Join(a.o.Config.Data, secretsFile), append(sum[:], text...))
}

// loadSecrets returns the secrets of the disk: none when the file is damaged,
// and then the collector tells them again.
func (a *Agent) loadSecrets() map[string][]byte {
	path := filepath.Join(a.o.Config.Data, secretsFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var secrets map[string][]byte
	if err == nil {
		secrets, err = readSecrets(text)
	}
	if err != nil {
		a.o.Logger.Warn("the secrets on the disk cannot be used; the collector tells them again", "file", path, "error", err)
	}
	return secrets
}

// readSecrets reads the file. Its errors say nothing of what stands in it.
func readSecrets(text []byte) (secrets map[string][]byte, err error) {
	if len(text) < sha256.Size {
		return nil, fmt.Errorf("it has %d bytes, want more than %d", len(text), sha256.Size)
	}
	if sum := sha256.Sum256(text[sha256.Size:]); string(sum[:]) != string(text[:sha256.Size]) {
		return nil, errors.New("its SHA-256 is another than the one it names")
	}
	if json.Unmarshal(text[sha256.Size:], &secrets) != nil {
		return nil, errors.New("it is no list of secrets")
	}
	return secrets, nil
}
