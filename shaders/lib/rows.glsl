// The rows that a row-limited op is to compute: their number, then what UM_OP_PICK reads.
layout(std430, binding = UM_BIND_IN_2) readonly buffer Rows { uint rows_at[]; };

uint wanted_rows(uint all) {
    return min(all, rows_at[0]);
}

uint wanted_row(uint r) {
    return rows_at[1u + r];
}
