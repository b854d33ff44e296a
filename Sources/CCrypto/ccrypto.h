// libcrypto's SHA-256 as a plain struct: no heap and no provider look-up for each of the millions
// of small hashes in a Merkle tree. OpenSSL 3 still ships it; asking for the 1.1 interface keeps
// its declarations free of deprecation marks.
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/sha.h>
