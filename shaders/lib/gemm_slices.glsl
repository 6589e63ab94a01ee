// The product slice by slice: gemm_stage.glsl brings both operands, multiply(x, y) of the including file adds
// what a slice gives to the sums of gemm_sums.glsl.
void main() {
    const uint x = gl_LocalInvocationID.x % ACROSS, y = gl_LocalInvocationID.x / ACROSS;
    place_tile();
    if (tile_m0 >= gemm_m()) // of a row-limited op
        return;
    clear_sums();
    fetch_slice();
    for (bool more = true; more;) {
        put_slice();
        barrier();
        more = slices_left();
        if (more)
            fetch_slice();
        multiply(x, y);
        barrier();
    }
    store_sums(x, y);
}
