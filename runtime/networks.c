/* The networks of a model, as programs are made from them. */
#include "graph/graph.h"
#include "program.h"

static void transformer(struct um_graph *graph, const struct um_config *config,
                        struct um_program *p) {
    um_graph_transformer(graph, config, p->batch, &p->in, &p->out);
}

static void decoder(struct um_graph *graph, const struct um_config *config, struct um_program *p) {
    um_graph_decoder(graph, config, p->batch, &p->in, &p->out);
}

static void encoder(struct um_graph *graph, const struct um_config *config, struct um_program *p) {
    um_graph_encoder(graph, config, p->batch, &p->in, &p->out);
}

static void step(struct um_graph *graph, const struct um_config *config, struct um_program *p) {
    um_graph_step(graph, config, p->batch, &p->in, &p->rows, &p->out);
    p->row_elements = config->codebook_size;
}

static void sample(struct um_graph *graph, const struct um_config *config, struct um_program *p) {
    const uint32_t positions = um_config_positions(config);
    const struct um_sampled_rows rows = {p->batch * positions, config->codebook_size, p->batch,
                                         um_config_leading(config), positions};
    step(graph, config, p);
    um_graph_sample(graph, &rows, p->out, p->rows, &p->settings, &p->sampled);
}

const struct um_network um_network_transformer = {.build = transformer};
const struct um_network um_network_decoder = {.build = decoder, .maps = true};
const struct um_network um_network_encoder = {.build = encoder, .maps = true};
const struct um_network um_network_step = {.build = step};
const struct um_network um_network_sample = {.build = sample};
