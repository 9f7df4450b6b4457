package tls

import (
	"crypto/tls"
	"fmt"
)

// Versions as they stand in a hello.
const (
	ssl30  = 0x0300
	tls10  = tls.VersionTLS10
	tls11  = tls.VersionTLS11
	tls12  = tls.VersionTLS12
	tls13  = tls.VersionTLS13
	tlcp11 = 0x0101 // GB/T 38636-2020 section 6.3.2
)

var versionNames = map[uint16]string{ssl30: "SSL 3.0", tls10: "TLS 1.0", tls11: "TLS 1.1", tls12: "TLS 1.2", tls13: "TLS 1.3", tlcp11: "TLCP 1.1"}

func versionName(v uint16) string {
	if name, ok := versionNames[v]; ok {
		return name
	}
	return fmt.Sprintf("version 0x%04x", v)
}

// Groups of cipher suites that a hello offers alone, so that a server which
// takes one has it (the IANA registry of TLS cipher suites).
var (
	// weakSuites: NULL, EXPORT, anonymous, RC4, DES and 3DES.
	weakSuites = []uint16{
		0x0001, 0x0002, 0x003b, 0xc006, 0xc010, 0xc001, 0xc00b, // NULL
		0x0003, 0x0006, 0x0008, 0x000b, 0x000e, 0x0011, 0x0014, 0x0017, 0x0019, // EXPORT
		0x0018, 0x001a, 0x001b, 0x0034, 0x003a, 0x006c, 0x006d, 0x00a6, 0x00a7, 0xc015, 0xc016, 0xc017, 0xc018, 0xc019, // anonymous
		0x0004, 0x0005, 0xc007, 0xc011, 0xc002, 0xc00c, // RC4
		0x0009, 0x000c, 0x000f, 0x0012, 0x0015, // DES
		0x000a, 0x000d, 0x0010, 0x0013, 0x0016, 0xc003, 0xc008, 0xc00d, 0xc012, // 3DES
	}
	// oldExchange: RSA key exchange and finite-field DHE, which RFC 10015 deprecates.
	oldExchange = []uint16{
		0x002f, 0x0035, 0x003c, 0x003d, 0x009c, 0x009d, 0x0041, 0x0084, 0x00ba, 0x00c0, 0xc09c, 0xc09d, // RSA
		0x0033, 0x0039, 0x0067, 0x006b, 0x009e, 0x009f, 0x0045, 0x0088, 0x00be, 0x00c4, 0xccaa, 0xc09e, 0xc09f, // DHE, RSA
		0x0032, 0x0038, 0x0040, 0x006a, 0x00a2, 0x00a3, 0x0044, 0x0087, // DHE, DSS
	}
	goodSuites = []uint16{
		0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9, 0xc009, 0xc00a, 0xc013, 0xc014, 0xc023, 0xc024, 0xc027, 0xc028, // ECDHE
	}
	// TLCP: ECC and ECDHE with SM4-CBC and SM4-GCM (GB/T 38636-2020 table 2).
	tlcpSuites = []uint16{0xe011, 0xe013, 0xe051, 0xe053}
	// smSuites of TLS 1.3 (RFC 8998 section 2).
	smSuites   = []uint16{0x00c6, 0x00c7}
	suites13   = []uint16{0x1301, 0x1302, 0x1303}
	everyOlder = append(append(append([]uint16{}, goodSuites...), oldExchange...), weakSuites...)
)

// named are suites that crypto/tls has no name for, the ones that are met.
var named = map[uint16]string{
	0x0001: "TLS_RSA_WITH_NULL_MD5", 0x0002: "TLS_RSA_WITH_NULL_SHA", 0x003b: "TLS_RSA_WITH_NULL_SHA256",
	0xc006: "TLS_ECDHE_ECDSA_WITH_NULL_SHA", 0xc010: "TLS_ECDHE_RSA_WITH_NULL_SHA",
	0x0003: "TLS_RSA_EXPORT_WITH_RC4_40_MD5", 0x0004: "TLS_RSA_WITH_RC4_128_MD5", 0x0008: "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA", 0x0009: "TLS_RSA_WITH_DES_CBC_SHA",
	0x0015: "TLS_DHE_RSA_WITH_DES_CBC_SHA", 0x0016: "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA",
	0x0018: "TLS_DH_anon_WITH_RC4_128_MD5", 0x001b: "TLS_DH_anon_WITH_3DES_EDE_CBC_SHA", 0x0034: "TLS_DH_anon_WITH_AES_128_CBC_SHA", 0x003a: "TLS_DH_anon_WITH_AES_256_CBC_SHA",
	0x006c: "TLS_DH_anon_WITH_AES_128_CBC_SHA256", 0x006d: "TLS_DH_anon_WITH_AES_256_CBC_SHA256", 0x00a6: "TLS_DH_anon_WITH_AES_128_GCM_SHA256", 0x00a7: "TLS_DH_anon_WITH_AES_256_GCM_SHA384",
	0xc016: "TLS_ECDH_anon_WITH_RC4_128_SHA", 0xc017: "TLS_ECDH_anon_WITH_3DES_EDE_CBC_SHA", 0xc018: "TLS_ECDH_anon_WITH_AES_128_CBC_SHA", 0xc019: "TLS_ECDH_anon_WITH_AES_256_CBC_SHA",
	0x0033: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", 0x0039: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", 0x0067: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", 0x006b: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
	0x009e: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", 0x009f: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", 0xccaa: "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 0x003d: "TLS_RSA_WITH_AES_256_CBC_SHA256",
	0xe011: "ECDHE_SM4_CBC_SM3", 0xe013: "ECC_SM4_CBC_SM3", 0xe051: "ECDHE_SM4_GCM_SM3", 0xe053: "ECC_SM4_GCM_SM3",
	0x00c6: "TLS_SM4_GCM_SM3", 0x00c7: "TLS_SM4_CCM_SM3",
}

func suiteName(id uint16) string {
	if name, ok := named[id]; ok {
		return name
	}
	return tls.CipherSuiteName(id)
}
