// Slices of both operands of a matrix product, TILE_K4 vectors deep, on their way into shared
// memory: fetched into registers while the slice before is multiplied.
//
// The including file includes gemm_place.glsl and defines STAGED (vec4 or f16vec4), stage_a and stage_b,
// which load one, TILE_K4, PADDING and GROUP, the invocations of the workgroup: a multiple of TILE_K4
// whose share GROUP / TILE_K4 divides both tiles.
//
// With HALVES the tiles hold half vectors, and TILE_K4 and PADDING count on: a row has 2 TILE_K4 + PADDING.
#ifdef HALVES
const uint ROW = 2u * TILE_K4 + PADDING; // rows start in different banks
#define TILE vec2
#define PUT(tile, row, k, v) tile[(row) * ROW + 2u * (k)] = (v).xy, tile[(row) * ROW + 2u * (k) + 1u] = (v).zw
#else
const uint ROW = TILE_K4 + PADDING;
#define TILE STAGED
#define PUT(tile, row, k, v) tile[(row) * ROW + (k)] = (v)
#endif
const uint LOAD_ROWS = GROUP / TILE_K4;
const uint LOADS_A = TILE_M / LOAD_ROWS, LOADS_B = TILE_N / LOAD_ROWS;
shared TILE tile_a[TILE_M * ROW];
shared TILE tile_b[TILE_N * ROW];

uint start_a[LOADS_A];
STAGED next_a[LOADS_A], next_b[LOADS_B];
uint slice_tap = 0u, slice_k = 0u;

bool slices_left() { return slice_tap < gemm_taps(); }

// Loads the next slice.
void fetch_slice() {
    const uint row = gl_LocalInvocationID.x / TILE_K4, k = slice_k + gl_LocalInvocationID.x % TILE_K4 * 4u;
    if (slice_k == 0u) {
        [[unroll]] for (uint i = 0u; i < LOADS_A; i++)
            start_a[i] = gemm_a(min(tile_m0 + row + LOAD_ROWS * i, gemm_m() - 1u), slice_tap);
    }
    const bool inside = k < gemm_k();
    [[unroll]] for (uint i = 0u; i < LOADS_A; i++)
        next_a[i] = inside ? stage_a(start_a[i], k) : STAGED(0.0);
    [[unroll]] for (uint i = 0u; i < LOADS_B; i++) {
        const uint start = gemm_b(min(tile_n0 + row + LOAD_ROWS * i, gemm_n() - 1u), slice_tap);
        next_b[i] = inside ? stage_b(start, k) : STAGED(0.0);
    }
    slice_k += TILE_K4 * 4u;
    if (slice_k >= gemm_k()) {
        slice_k = 0u;
        slice_tap++;
    }
}

// Puts the slice that was fetched where all can read it.
void put_slice() {
    const uint row = gl_LocalInvocationID.x / TILE_K4, k = gl_LocalInvocationID.x % TILE_K4;
    [[unroll]] for (uint i = 0u; i < LOADS_A; i++)
        PUT(tile_a, row + LOAD_ROWS * i, k, next_a[i]);
    [[unroll]] for (uint i = 0u; i < LOADS_B; i++)
        PUT(tile_b, row + LOAD_ROWS * i, k, next_b[i]);
}
