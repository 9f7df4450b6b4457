package wire

// protoc is Debian's protobuf-compiler; both plugins are tools of go.mod.
//go:generate sh -c "go build -o ../../bin/ google.golang.org/protobuf/cmd/protoc-gen-go connectrpc.com/connect/cmd/protoc-gen-connect-go && PATH=../../bin:$PATH protoc --go_out=. --go_opt=paths=source_relative --connect-go_out=. --connect-go_opt=paths=source_relative,package_suffix= fengsui.proto"
