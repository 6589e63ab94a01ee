// Products of Q8_0 weights with rows rounded to int8 (quantize.comp), a block of 32 at a time: exact in
// integers, then scaled.
#include "gemm_sums.glsl"
shared uint tile_a[TILE_M * UM_Q8_WORDS]; // nine words a row are odd: no bank is met twice
shared uint tile_b[TILE_N * UM_Q8_WORDS];

// OpSDotKHR with operands of four packed 8-bit integers (SPV_KHR_integer_dot_product).
spirv_instruction(extensions = ["SPV_KHR_integer_dot_product"], capabilities = [6018, 6019], id = 4450)
int packed_dot(uint a, uint b, spirv_literal int format);

void load_block(uint block) {
    const uint blocks = gemm_k() / 32u;
    for (uint u = gl_LocalInvocationID.x; u < TILE_M * UM_Q8_WORDS; u += GROUP) {
        const uint row = min(tile_m0 + u / UM_Q8_WORDS, gemm_m() - 1u);
        tile_a[u] = in_words[(row * blocks + block) * UM_Q8_WORDS + u % UM_Q8_WORDS];
    }
    for (uint u = gl_LocalInvocationID.x; u < TILE_N * UM_Q8_WORDS; u += GROUP) {
        const uint row = min(tile_n0 + u / UM_Q8_WORDS, gemm_n() - 1u);
        tile_b[u] = weight_words[(row * blocks + block) * UM_Q8_WORDS + u % UM_Q8_WORDS];
    }
}

void multiply(uint x, uint y) {
    int part[SUMS_M * SUMS_N];
    [[unroll]] for (uint i = 0u; i < SUMS_M * SUMS_N; i++)
        part[i] = 0;
    [[unroll]] for (uint w = 0u; w < 8u; w++) {
        uint right[SUMS_N];
        [[unroll]] for (uint j = 0u; j < SUMS_N; j++)
            right[j] = tile_b[(x + ACROSS * j) * UM_Q8_WORDS + w];
        [[unroll]] for (uint i = 0u; i < SUMS_M; i++) {
            const uint left = tile_a[(y + DOWN * i) * UM_Q8_WORDS + w];
            [[unroll]] for (uint j = 0u; j < SUMS_N; j++)
                part[i * SUMS_N + j] += packed_dot(left, right[j], 0);
        }
    }
    [[unroll]] for (uint i = 0u; i < SUMS_M; i++)
        [[unroll]] for (uint j = 0u; j < SUMS_N; j++) {
            const float left = uintBitsToFloat(tile_a[(y + DOWN * i) * UM_Q8_WORDS + 8u]);
            const float right = uintBitsToFloat(tile_b[(x + ACROSS * j) * UM_Q8_WORDS + 8u]);
            sums[i * SUMS_N + j] += float(part[i * SUMS_N + j]) * (left * right);
        }
}

void main() {
    const uint x = gl_LocalInvocationID.x % ACROSS, y = gl_LocalInvocationID.x / ACROSS;
    place_tile();
    if (tile_m0 >= gemm_m())
        return;
    clear_sums();
    for (uint block = 0u; block < gemm_k() / 32u; block++) {
        load_block(block);
        barrier();
        multiply(x, y);
        barrier();
    }
    store_sums(x, y);
}
