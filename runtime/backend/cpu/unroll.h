/* A loop of constant length that becomes straight code at once, so that arrays indexed in it can
 * live in registers. */
#ifndef UM_BACKEND_CPU_UNROLL_H
#define UM_BACKEND_CPU_UNROLL_H

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#define UNROLL_FOR(i, count) UNROLL for (int i = 0; i < (count); i++)

#endif
