/* Machines without instructions for SHA-256 that we know of. */
#include "base/sha256_blocks.h"

bool um_sha256_blocks(uint32_t state[8], const uint8_t *blocks, size_t count) {
    (void)state;
    (void)blocks;
    (void)count;
    return false;
}
