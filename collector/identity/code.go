package identity

import (
	"crypto/rand"
	"errors"
	"strings"
)

// alphabet is Crockford's base 32: no I, L, O and U, so that a code survives
// the phone.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// codeLength counts the characters of a code: nine random ones (45 bits) and
// the check character.
const codeLength = 10

// makeCode returns a new random code.
func makeCode() string {
	var digits [codeLength]byte
	rand.Read(digits[:])
	for i := range digits {
		digits[i] &= 31
	}
	digits[codeLength-1] = checkDigit(digits[:codeLength-1])
	for i, d := range digits {
		digits[i] = alphabet[d]
	}
	return string(digits[:])
}

// checkDigit returns the digit that makes the sum of a code zero. The sum
// weighs each digit by a power of x in GF(2^5) with x^5 = x^2 + 1: so it
// finds every single wrong digit and every two digits that changed places,
// which a sum modulo 32 cannot.
func checkDigit(digits []byte) byte {
	var sum byte
	for _, d := range digits {
		sum = timesX(sum ^ d)
	}
	return sum
}

func timesX(d byte) byte {
	d <<= 1
	if d&0x20 != 0 {
		d ^= 0x25
	}
	return d
}

var errMistyped = errors.New("the code is mistyped")

// normaliseCode returns a code as it was made: people write it in lower case,
// in groups, with the letter O for zero and I or L for one. The error says
// that it cannot be a code: wrong length, a foreign character, or a check
// character that does not fit.
func normaliseCode(text string) (string, error) {
	if len(text) > 100 {
		return "", errMistyped
	}
	var digits, code []byte
	for _, r := range strings.ToUpper(text) {
		switch r {
		case ' ', '-', '\t', '\r', '\n', '\u3000', '\u2010', '\u2011', '\u2013', '\u2014':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		i := strings.IndexRune(alphabet, r)
		if i < 0 {
			return "", errMistyped
		}
		digits, code = append(digits, byte(i)), append(code, byte(r))
	}
	if len(digits) != codeLength || checkDigit(digits[:codeLength-1]) != digits[codeLength-1] {
		return "", errMistyped
	}
	return string(code), nil
}

// GroupCode writes a code as it is said on the phone: ABCDE-FGHJK.
func GroupCode(code string) string {
	if len(code) != codeLength {
		return code
	}
	return code[:codeLength/2] + "-" + code[codeLength/2:]
}
