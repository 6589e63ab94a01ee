// Cuts `pixels` into `slices` parts whose sizes differ by at most one. slices <= 64, so nothing overflows.
uint slice_start(uint slice, uint pixels, uint slices) {
    return slice * (pixels / slices) + min(slice, pixels % slices);
}
