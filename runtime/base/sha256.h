/* SHA-256 (FIPS 180-4). */
#ifndef UM_BASE_SHA256_H
#define UM_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct um_sha256 {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[64];
};

void um_sha256_init(struct um_sha256 *hash);
void um_sha256_update(struct um_sha256 *hash, const void *data, size_t bytes);

/* Writes 64 lowercase hex digits and a NUL. */
void um_sha256_hex(struct um_sha256 *hash, char hex[65]);

#endif
