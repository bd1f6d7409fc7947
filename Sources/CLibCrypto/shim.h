// OpenSSL's libcrypto: Ed25519 over the EVP interface.
#ifndef HEADWALL_CLIBCRYPTO_SHIM_H
#define HEADWALL_CLIBCRYPTO_SHIM_H

#include <openssl/evp.h>

#endif
