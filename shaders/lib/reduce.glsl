// Rows that several neighbouring invocations reduce together; all invocations of a workgroup make the calls.
//
// reduce_row() is this invocation's row, reduce_lane() its place among the reduce_lanes() that share the row.
// Both shapes add in an order that is fixed on a device: the same bits every time.
#ifdef UM_SUBGROUP
// A subgroup has one row. A driver's subgroup size may be more than it runs together, so they are counted.
uint reduce_row() { return flat_group() * gl_NumSubgroups + gl_SubgroupID; }
uint reduce_lane() { return subgroupExclusiveAdd(1u); }
uint reduce_lanes() { return subgroupAdd(1u); }
float reduce_sum(float value) { return subgroupAdd(value); }
float reduce_max(float value) { return subgroupMax(value); }
#else
// LANES = 1 needs no shared memory and no barrier, which is what software devices are fast at; else a tree.
layout(constant_id = UM_SPEC_LANES) const uint LANES = 1;
shared float reduce_scratch[UM_MAX_GROUP];

uint reduce_row() { return flat_id() / LANES; }
uint reduce_lane() { return gl_LocalInvocationID.x % LANES; }
uint reduce_lanes() { return LANES; }

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
#endif
