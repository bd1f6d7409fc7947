#ifndef HEADWALL_SHA256_H
#define HEADWALL_SHA256_H

#include <stdbool.h>
#include <stdint.h>

/// Whether the processor has instructions for SHA-256.
bool hasSHA256Instructions(void);

/// One step of SHA-256 (FIPS 180-4, section 6.2.2) by those instructions.
///
/// `state` has eight words, `block` the sixteen words of the message, in the order of the processor's bytes. Does nothing
/// where there are no such instructions.
void compressSHA256(uint32_t *state, const uint32_t *block);

#endif
