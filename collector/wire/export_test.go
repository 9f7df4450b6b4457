package wire

import "google.golang.org/protobuf/proto"

// Decode is what the collector does with the bytes of a request.
func Decode(b []byte, p proto.Message) error {
	if err := decode(b, p); err != nil {
		return err
	}
	return nil
}
