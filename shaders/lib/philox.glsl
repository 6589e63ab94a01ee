// Philox 4x32-10, as runtime/base/rng.c.
const uint RNG_TOKEN = 0u, RNG_CHOICE = 1u; // enum um_rng_purpose

// Uniform in (0, 1): an odd multiple of 2^-24.
float rng_uniform(uvec2 key, uint position, uint step, uint image, uint purpose) {
    uvec4 c = uvec4(position, step, image, purpose);
    for (uint round = 0u; round < 10u; round++) {
        uint high0, low0, high1, low1;
        umulExtended(0xd2511f53u, c.x, high0, low0);
        umulExtended(0xcd9e8d57u, c.z, high1, low1);
        c = uvec4(high1 ^ c.y ^ key.x, low1, high0 ^ c.w ^ key.y, low0);
        key += uvec2(0x9e3779b9u, 0xbb67ae85u);
    }
    return float(c.x >> 9 << 1 | 1u) * 5.9604644775390625e-8;
}
