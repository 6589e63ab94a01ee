/* Which file writes which variant, and the walks over a model's three networks in file order. */
#include "graph/layout.h"
#include "graph/net.h"

static const struct um_transformer_net *const transformers[] = {
    [UM_TRANSFORMER_ORIGINAL] = &um_transformer_original,
    [UM_TRANSFORMER_V1] = &um_transformer_v1,
    [UM_TRANSFORMER_HALTON] = &um_transformer_halton,
};
static const struct um_tokenizer_net *const tokenizers[] = {
    [UM_TOKENIZER_ORIGINAL] = &um_tokenizer_original,
    [UM_TOKENIZER_TAMING] = &um_tokenizer_taming,
};

enum { TRANSFORMER, ENCODER, DECODER, NETWORKS };

/* Walks all three networks; `graph` gets the ops of network `built` and may be NULL. With `rows`
 * the transformer is um_graph_step()'s. */
static uint32_t walk(const struct um_config *config, struct um_tensor_spec *specs,
                     struct um_graph *graph, int built, uint32_t batch, um_value_id *in,
                     um_value_id *rows, um_value_id *out) {
    struct um_net net = {.config = config, .specs = specs, .batch = batch, .row_limited = rows};
    if (rows)
        net.rows = *rows = um_graph_value(
            graph, um_graph_elements(batch, um_config_positions(config), 1, 1) + 1, UM_VALUE_INPUT);
    const struct um_tokenizer_net *tokenizer = tokenizers[config->tokenizer.kind];
    um_weight_ref codebook = UM_NO_REF;
    for (int network = 0; network < NETWORKS; network++) {
        um_value_id unused;
        um_value_id *input = network == built ? in : &unused;
        um_value_id *output = network == built ? out : &unused;
        net.graph = network == built ? graph : NULL;
        if (network == TRANSFORMER) {
            transformers[config->transformer.kind]->build(&net, input, output);
            codebook = um_net_f32(&net, config->codebook_size, config->codebook_dim,
                                  "quant.codebook.weight");
        } else if (network == ENCODER) {
            tokenizer->encoder(&net, codebook, input, output);
        } else {
            tokenizer->decoder(&net, codebook, input, output);
        }
    }
    return net.count;
}

bool um_weight_layout(const struct um_config *config, struct um_tensor_spec *specs,
                      uint32_t *count) {
    const uint32_t tensors = walk(config, specs, NULL, NETWORKS, 1, NULL, NULL, NULL);
    *count = tensors < UM_MAX_TENSORS ? tensors : UM_MAX_TENSORS;
    return tensors <= UM_MAX_TENSORS;
}

void um_graph_transformer(struct um_graph *graph, const struct um_config *config, uint32_t batch,
                          um_value_id *ids, um_value_id *logits) {
    walk(config, NULL, graph, TRANSFORMER, batch, ids, NULL, logits);
}

void um_graph_step(struct um_graph *graph, const struct um_config *config, uint32_t batch,
                   um_value_id *ids, um_value_id *rows, um_value_id *logits) {
    walk(config, NULL, graph, TRANSFORMER, batch, ids, rows, logits);
}

void um_graph_decoder(struct um_graph *graph, const struct um_config *config, uint32_t batch,
                      um_value_id *codes, um_value_id *rgb) {
    walk(config, NULL, graph, DECODER, batch, codes, NULL, rgb);
}

void um_graph_encoder(struct um_graph *graph, const struct um_config *config, uint32_t batch,
                      um_value_id *rgb, um_value_id *codes) {
    walk(config, NULL, graph, ENCODER, batch, rgb, NULL, codes);
}
