/* Whole blocks of SHA-256 by the processor's own instructions, where it has them. */
#ifndef UM_BASE_SHA256_BLOCKS_H
#define UM_BASE_SHA256_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Adds `count` blocks of 64 bytes to the state. False: not on this machine, nothing done. */
bool um_sha256_blocks(uint32_t state[8], const uint8_t *blocks, size_t count);

#endif
