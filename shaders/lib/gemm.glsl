// The matrix product behind linear, conv2d and attention, in the shape that the compiler's -D chooses.
//
// The including shader defines, before it includes this file:
//   uint gemm_m(), gemm_n(), gemm_k(), gemm_taps()   sizes; the sum runs over taps x k
//   uint gemm_a(uint m, uint tap), gemm_b(uint n, uint tap)   where a row of k elements starts
//   vec4 gemm_a4(uint start, uint k), gemm_b4(uint start, uint k)   elements k .. k + 3, 0 past the row's end
//   f16vec4 gemm_b4h(uint start, uint k)   the same in F16, for UM_FP16 and UM_COOPMAT
//   void gemm_store(uint m, uint n, float sum)
// gemm_a may return GEMM_ZERO for a row of zeros.
#if defined(UM_DIRECT)
#include "gemm_direct.glsl"
#elif defined(UM_FP16)
#include "gemm_fp16.glsl"
#elif defined(UM_COOPMAT)
#include "gemm_coopmat.glsl"
#elif defined(UM_INT8)
#include "gemm_int8.glsl"
#else
#include "gemm_tile.glsl"
#endif
