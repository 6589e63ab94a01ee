// F32 as F16. What is too large becomes the largest: infinity times zero would spread.
f16vec4 to_half(vec4 v) {
    return f16vec4(clamp(v, vec4(-65504.0), vec4(65504.0)));
}
