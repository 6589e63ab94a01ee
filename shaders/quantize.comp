// Rounds blocks of 32 floats to int8: scale m / 127, q = round(x 127 / m), m the largest magnitude; the nine
// words of UM_WEIGHT_Q8. A block with a number that is not finite gets a scale that is none.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer In { vec4 in4_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { uint out_words[]; };
layout(push_constant) uniform Push { um_push_quantize push; };

void main() {
    const uint block = flat_id();
    if (block >= push.count)
        return;
    float top = 0.0;
    bool finite = true;
    vec4 v[8];
    for (uint w = 0u; w < 8u; w++) {
        v[w] = in4_at[block * 8u + w];
        const vec4 size = abs(v[w]);
        top = max(top, max(max(size.x, size.y), max(size.z, size.w)));
        finite = finite && all(lessThanEqual(size, vec4(3.4028234e38)));
    }
    // Below 1e-36 the quotient would overflow.
    const float factor = top < 1e-36 || !finite ? 0.0 : 127.0 / top;
    for (uint w = 0u; w < 8u; w++) {
        const ivec4 q = ivec4(roundEven(v[w] * factor));
        out_words[block * UM_Q8_WORDS + w] =
            uint(q.x & 255) | uint(q.y & 255) << 8 | uint(q.z & 255) << 16 | uint(q.w) << 24;
    }
    out_words[block * UM_Q8_WORDS + 8u] = finite ? floatBitsToUint(top / 127.0) : 0x7fc00000u;
}
