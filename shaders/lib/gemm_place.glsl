// Which TILE_M x TILE_N outputs the workgroup computes.
uint tile_m0, tile_n0;

void place_tile() {
    const uint columns = (gemm_n() + TILE_N - 1u) / TILE_N;
    tile_m0 = flat_group() / columns * TILE_M;
    tile_n0 = flat_group() % columns * TILE_N;
}
