// Reductions over LANES neighbouring invocations, in a fixed tree: the same bits every time.
//
// LANES = 1 needs no shared memory and no barrier, which is what software devices are fast at. Every
// invocation of the workgroup must make the call.
layout(constant_id = UM_SPEC_LANES) const uint LANES = 1;
shared float reduce_scratch[UM_MAX_GROUP];

uint reduce_lane() {
    return gl_LocalInvocationID.x % LANES;
}

float reduce_sum(float value) {
    if (LANES == 1u)
        return value;
    uint self = gl_LocalInvocationID.x, lane = reduce_lane();
    reduce_scratch[self] = value;
    barrier();
    for (uint step = LANES / 2u; step > 0u; step /= 2u) {
        if (lane < step)
            reduce_scratch[self] += reduce_scratch[self + step];
        barrier();
    }
    float total = reduce_scratch[self - lane];
    barrier();
    return total;
}

float reduce_max(float value) {
    if (LANES == 1u)
        return value;
    uint self = gl_LocalInvocationID.x, lane = reduce_lane();
    reduce_scratch[self] = value;
    barrier();
    for (uint step = LANES / 2u; step > 0u; step /= 2u) {
        if (lane < step)
            reduce_scratch[self] = max(reduce_scratch[self], reduce_scratch[self + step]);
        barrier();
    }
    float largest = reduce_scratch[self - lane];
    barrier();
    return largest;
}
