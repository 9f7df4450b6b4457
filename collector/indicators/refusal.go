package indicators

import "fengsui/configs/words"

// A Refusal is why there is no rate, and what to do about it.
type Refusal struct {
	Code string // below words.AccessRefused
	Args []any
}

func refuse(code string, args ...any) *Refusal { return &Refusal{code, args} }

// Text is the sentence, in Chinese for "zh" and in English otherwise.
func (r *Refusal) Text(lang string) string {
	return words.Text(words.AccessRefused+r.Code, lang, r.Args...)
}
