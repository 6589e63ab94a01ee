/* One network run once for one picture. */
#ifndef UM_PASSES_H
#define UM_PASSES_H

#include <unmask/unmask.h>

/* um_decode() after its checks: `tokens` are codes. */
um_status um_model_decode(um_model *model, const int32_t *tokens, float *rgb);

#endif
