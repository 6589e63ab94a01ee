// Linear numbering of workgroups and invocations. The grid may need two dimensions, because x is limited to
// 65535 groups. The size is declared here because gl_WorkGroupSize is right only after it.
layout(local_size_x_id = UM_SPEC_GROUP) in;

uint flat_group() {
    return gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
}

uint flat_id() {
    return flat_group() * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
}
