/* The memory that pictures of the published sizes take while they are decoded and encoded, on a
 * backend that convolves in strips: two maps of the finest level, and little else. */
#include "graph/strips.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* google-research/maskgit, ImageNet; the tokenizer of Halton-MaskGIT has the same channels. */
static struct um_config published(uint32_t grid, enum um_tokenizer_kind kind) {
    struct um_config c = {.grid_width = grid, .grid_height = grid, .codebook_size = 1024};
    const uint32_t channels[] = {128, 128, 256, 256, 512};
    c.image_width = c.image_height = 16 * grid;
    c.codebook_dim = 256;
    c.class_count = 1000;
    c.transformer.dim = 768;
    c.transformer.layers = 24;
    c.transformer.heads = 16;
    c.transformer.head_dim = 48;
    c.transformer.mlp_dim = 3072;
    c.tokenizer.kind = kind;
    c.tokenizer.levels = 5;
    c.tokenizer.res_blocks = 2;
    c.tokenizer.norm_groups = 32;
    c.tokenizer.z_channels = 256;
    memcpy(c.tokenizer.channels, channels, sizeof channels);
    return c;
}

typedef void (*build_fn)(struct um_graph *, const struct um_config *, uint32_t, um_value_id *,
                         um_value_id *);

static size_t arena(const struct um_config *config, build_fn build, bool strips) {
    struct um_graph graph = {0};
    struct um_program_desc desc;
    um_value_id in, out;
    build(&graph, config, 1, &in, &out);
    if (strips)
        um_graph_strips(&graph);
    assert_int_equal(um_graph_finish(&graph, &desc), UM_OK);
    const size_t bytes = desc.arena_bytes;
    um_graph_free(&graph);
    return bytes;
}

static void two_maps_are_enough(void **state) {
    (void)state;
    static const enum um_tokenizer_kind kinds[] = {UM_TOKENIZER_ORIGINAL, UM_TOKENIZER_TAMING};
    for (uint32_t grid = 16; grid <= 32; grid *= 2)
        for (int k = 0; k < 2; k++) {
            const struct um_config c = published(grid, kinds[k]);
            const size_t pixels = (size_t)c.image_width * c.image_height;
            const size_t map = pixels * 128 * sizeof(float);
            /* Beside the maps: RGB twice (taming scales it), codes, and the norms' means. */
            const size_t rest = pixels * 6 * sizeof(float) + (64 << 10);
            const size_t decoder = arena(&c, um_graph_decoder, true);
            const size_t encoder = arena(&c, um_graph_encoder, true);
            print_message("%u pixels, %s: decoder %.1f MB, encoder %.1f MB; whole maps %.1f MB\n",
                          c.image_width, um_tokenizer_name(kinds[k]), (double)decoder * 1e-6,
                          (double)encoder * 1e-6,
                          (double)arena(&c, um_graph_decoder, false) * 1e-6);
            assert_true(decoder <= 2 * map + rest);
            assert_true(encoder <= 2 * map + rest);
            assert_true(arena(&c, um_graph_decoder, false) >= 3 * map);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(two_maps_are_enough)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
