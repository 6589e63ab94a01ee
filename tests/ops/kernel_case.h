/* One call of one kernel: its operands in guarded memory, so that the same call can be made by
 * every level and what they wrote be compared byte by byte. */
#ifndef UM_TESTS_KERNEL_CASE_H
#define UM_TESTS_KERNEL_CASE_H

#include "backend/cpu/kernels.h"
#include "support/guarded.h"
#include "support/rand.h"

enum { KERNEL_BUFFERS = 8 };

struct kernel_case {
    char size[96]; /* "29 x 96 -> 27 gelu" */
    double flops;  /* of one call, by the plain formula */
    const struct um_cpu_kernels *kernels;
    void (*call)(struct kernel_case *c);
    struct guarded buffers[KERNEL_BUFFERS]; /* operands and results */
    bool private[KERNEL_BUFFERS];           /* in the level's own form: not compared */
    int count;
    union {
        struct um_gemm gemm;
        struct um_gemm_q8 q8;
        struct um_winograd_output winograd;
        struct {
            uint32_t count, pixels, depth;
            size_t stride;
            enum um_activation activation;
        } row;
    } p;
};

struct kernel_kind {
    const char *name;
    /* Sizes and operands from `r`: odd sizes, or those of the 256x256 network if `large`. The same
     * `r` gives every level the same case, buffers at the end or the start of their memory. */
    void (*build)(struct kernel_case *c, struct test_rand *r, bool large, bool at_end);
};

extern const struct kernel_kind kernel_kinds[];
extern const int kernel_kind_count;

void kernel_case_build(struct kernel_case *c, const struct kernel_kind *kind,
                       const struct um_cpu_kernels *kernels, uint64_t seed, bool large,
                       bool at_end);
void kernel_case_free(struct kernel_case *c);

/* One random case of the bf16 kernels; fails the running test. */
void kernel_check_bf16(const struct um_bf16_kernels *kernels, uint64_t seed, bool at_end);

#endif
