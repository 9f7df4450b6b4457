package wire

import (
	"errors"

	"connectrpc.com/connect"
)

// Codes of refusals of a whole call.
const (
	CodeCertificateMissing = "certificate_missing"
	CodeCertificateForeign = "certificate_foreign"
	CodeCertificateExpired = "certificate_expired"
	CodeCertificateNotYet  = "certificate_not_yet"
	CodeRevoked            = "revoked"
	CodeReplaced           = "replaced"        // another agent enrolled for the site
	CodeApprovalWanted     = "approval_wanted" // an expired certificate is renewed once a person approves
	CodeSiteUnknown        = "site_unknown"
	CodeWrong              = "code_wrong" // of enrolment codes, as the next two
	CodeUsed               = "code_used"
	CodeExpired            = "code_expired"
	CodeTooManyTries       = "too_many_tries"
	CodeSuperseded         = "superseded"
	CodeClone              = "clone"       // two machines have one identity: a person decides
	CodeHelloFirst         = "hello_first" // no Hello from this instance since the collector started
	CodeProtocolUnknown    = "protocol_unknown"
	CodeTooLarge           = "too_large"
	CodeBroken             = "broken"
	CodeStopping           = "stopping"
	CodeBusy               = "busy" // more calls than the collector works on at once: try again
)

// RefusalHeader carries the code of a refusal in the HTTP answer, for whoever
// counts or looks without decoding the body.
const RefusalHeader = "Fengsui-Refusal"

// NewRefusal returns an error that travels with a code for the program and a
// sentence in Chinese and in English for the person.
func NewRefusal(status connect.Code, code, zh, en string) *connect.Error {
	err := connect.NewError(status, errors.New(en))
	err.Meta().Set(RefusalHeader, code)
	detail, detailErr := connect.NewErrorDetail(&Refusal{Code: code, Zh: zh, En: en})
	if detailErr != nil {
		panic("BUG: a refusal cannot be encoded: " + detailErr.Error())
	}
	err.AddDetail(detail)
	return err
}

// RefusalOf returns the refusal that err carries, at either end of a call, and
// nil when it carries none: then it is an internal error or one of the way
// between.
func RefusalOf(err error) *Refusal {
	var c *connect.Error
	if !errors.As(err, &c) {
		return nil
	}
	for _, d := range c.Details() {
		m, err := d.Value()
		if err != nil {
			continue // a detail of a newer release
		}
		if r, ok := m.(*Refusal); ok {
			return r
		}
	}
	return nil
}

func refuseTooLarge(zh, en string) *connect.Error {
	return NewRefusal(connect.CodeResourceExhausted, CodeTooLarge, zh, en)
}

func refuseBroken(zh, en string) *connect.Error {
	return NewRefusal(connect.CodeInvalidArgument, CodeBroken, zh, en)
}
