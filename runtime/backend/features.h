/* The fast paths that can be switched off one by one, by the environment variable UNMASK_DISABLE or
 * by a self-test that failed. */
#ifndef UM_BACKEND_FEATURES_H
#define UM_BACKEND_FEATURES_H

#include "base/log.h"

/* Bits of a mask. */
enum um_feature {
    UM_FEATURE_FP16 = 1 << 0,     /* half floats: 16-bit storage and arithmetic */
    UM_FEATURE_INT8 = 1 << 1,     /* dot products of four bytes, for Q8_0 */
    UM_FEATURE_SUBGROUP = 1 << 2, /* arithmetic across a subgroup */
    UM_FEATURE_COOPMAT = 1 << 3,  /* VK_KHR_cooperative_matrix, F16 x F16 + F32 */
    UM_FEATURE_PIPECACHE = 1 << 4 /* pipelines kept in a file */
};
enum { UM_FEATURE_COUNT = 5 };

/* "fp16", "int8", "subgroup", "coopmat" or "pipecache": bit `index`, 0 .. UM_FEATURE_COUNT - 1. */
const char *um_feature_name(uint32_t index);

/* Reads names separated by commas, white space around them ignored; NULL and "" name none.
 * UM_ERROR_ARGUMENT and one sentence for any other word; *mask is written on success only. */
um_status um_features_parse(const char *text, uint32_t *mask, const struct um_log *log);

#endif
