// The matrix product behind linear, conv2d and attention, in one of two shapes.
//
// The including shader defines, before it includes this file:
//   uint gemm_m(), gemm_n(), gemm_k(), gemm_taps()   sizes; the sum runs over taps x k
//   uint gemm_a(uint m, uint tap), gemm_b(uint n, uint tap)   where a row of k elements starts
//   vec4 gemm_a4(uint start, uint k), gemm_b4(uint start, uint k)   elements k .. k + 3, 0 past the row's end
//   void gemm_store(uint m, uint n, float sum)
// gemm_a may return GEMM_ZERO for a row of zeros.
#ifdef UM_DIRECT
#include "gemm_direct.glsl"
#else
#include "gemm_tile.glsl"
#endif
