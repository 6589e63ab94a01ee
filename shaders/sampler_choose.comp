// UM_OP_SAMPLE, last part: which rows stay fixed. Those of an image lie together in the order of positions.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/sampler_row.glsl"

layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { uint out_at[]; };

void main() {
    const uint row = flat_id(), rows = sampled_rows();
    if (row >= rows)
        return;
    const uint image = row_image(row), key = stats_at[row].z;
    const uint end = image + 1u < push.images ? min(image_setting(image + 1u, 2u), rows) : rows;
    uint lower = 0u; // of equals the last stay masked
    for (uint other = image_setting(image, 2u); other < end; other++) {
        const uint key_there = stats_at[other].z;
        if (key_there < key || (key_there == key && other > row))
            lower++;
    }
    out_at[3u * row + 2u] = lower < image_setting(image, 1u) ? 0u : 1u;
}
