/* Cuts a program into units that are short enough to be submitted, and dispatches into pieces where
 * one alone is too long. */
#include "backend/vulkan/program.h"
#include "backend/vulkan/util.h"
#include "base/mem.h"

enum { MAX_PARTS = 1024 };

struct cut {
    uint32_t parts, axis;
    uint32_t groups[3]; /* of the whole dispatch */
};

/* Pieces are rows or layers of the grid of workgroups. A grid that is numbered through may be
 * folded into more and shorter rows: its shaders tell groups beyond the last. */
static struct cut cut_of(const struct um_vk_dispatch *d, double cost) {
    struct cut cut = {1, 2, {d->groups[0], d->groups[1], d->groups[2]}};
    const double wanted = cost / UM_VK_PACE_FULL;
    const uint32_t parts = wanted >= MAX_PARTS ? MAX_PARTS : (uint32_t)wanted + 1;
    if (parts == 1)
        return cut;
    const uint64_t flat = (uint64_t)d->groups[0] * d->groups[1];
    if (d->groups[2] < parts) {
        cut.axis = d->groups[1] >= d->groups[2] || d->flat ? 1 : 2;
        if (d->flat && d->groups[1] < parts) {
            const uint64_t rows = flat < parts ? flat : parts;
            cut.groups[0] = (uint32_t)((flat + rows - 1) / rows);
            cut.groups[1] = (uint32_t)((flat + cut.groups[0] - 1) / cut.groups[0]);
        }
    }
    cut.parts = cut.groups[cut.axis] < parts ? cut.groups[cut.axis] : parts;
    return cut;
}

static struct um_vk_piece piece_of(const struct cut *cut, uint32_t dispatch, uint32_t part) {
    const uint64_t all = cut->groups[cut->axis];
    const uint32_t first = (uint32_t)(all * part / cut->parts);
    struct um_vk_piece piece = {dispatch, {0}, {cut->groups[0], cut->groups[1], cut->groups[2]}};
    piece.base[cut->axis] = first;
    piece.groups[cut->axis] = (uint32_t)(all * (part + 1) / cut->parts) - first;
    return piece;
}

static um_status reserve(struct um_vk_program *p, uint32_t count) {
    um_free(p->pieces);
    um_free(p->units);
    um_free(p->pace);
    um_free(p->commands);
    p->piece_count = p->unit_count = p->recorded = 0;
    p->pieces = um_alloc(count, sizeof *p->pieces);
    p->units = um_alloc(count, sizeof *p->units);
    p->pace = um_alloc(count, sizeof *p->pace);
    p->commands = um_alloc(count, sizeof *p->commands);
    return p->pieces && p->units && p->pace && p->commands
               ? UM_OK
               : um_fail(&p->device->log, UM_ERROR_MEMORY,
                         "out of memory preparing a Vulkan program");
}

/* Ops that the host has to time stand alone. */
static bool must_part(const struct um_vk_program *p, uint32_t dispatch) {
    return p->op_seconds && p->device->timestamp_mask == 0 && dispatch > 0 &&
           p->dispatches[dispatch].op != p->dispatches[dispatch - 1].op;
}

static void append(struct um_vk_program *p, struct um_vk_piece piece, double share, double *sum) {
    const struct um_vk_dispatch *d = &p->dispatches[piece.dispatch];
    const double cost = p->cost[piece.dispatch] * share;
    const bool first_of_dispatch = !piece.base[0] && !piece.base[1] && !piece.base[2];
    if (p->unit_count == 0 || *sum + cost > UM_VK_PACE_FULL ||
        (first_of_dispatch && must_part(p, piece.dispatch))) {
        p->units[p->unit_count++] = (struct um_vk_unit){.first = p->piece_count};
        *sum = 0;
    }
    p->pieces[p->piece_count++] = piece;
    p->units[p->unit_count - 1].length++;
    p->pace[p->unit_count - 1].flops += d->flops * share;
    if (p->cuts > 0)
        p->pace[p->unit_count - 1].seconds += cost;
    *sum += cost;
}

um_status um_vk_program_cut(struct um_vk_program *p) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < p->dispatch_count; i++)
        count += cut_of(&p->dispatches[i], p->cost[i]).parts;
    UM_TRY(reserve(p, count));
    double sum = 0;
    for (uint32_t i = 0; i < p->dispatch_count; i++) {
        const struct cut cut = cut_of(&p->dispatches[i], p->cost[i]);
        for (uint32_t part = 0; part < cut.parts; part++)
            append(p, piece_of(&cut, i, part), 1.0 / cut.parts, &sum);
    }
    return UM_OK;
}

void um_vk_program_costs(struct um_vk_program *p) {
    uint32_t last = UINT32_MAX;
    for (uint32_t u = 0; u < p->unit_count; u++) {
        const struct um_vk_unit *unit = &p->units[u];
        for (uint32_t i = unit->first; i < unit->first + unit->length; i++) {
            const struct um_vk_piece *piece = &p->pieces[i];
            const struct um_vk_dispatch *d = &p->dispatches[piece->dispatch];
            const double groups = (double)piece->groups[0] * piece->groups[1] * piece->groups[2];
            const double all = (double)d->groups[0] * d->groups[1] * d->groups[2];
            const double share = p->pace[u].flops > 0 ? d->flops * groups / all / p->pace[u].flops
                                                      : 1.0 / unit->length;
            if (piece->dispatch != last)
                p->cost[piece->dispatch] = 0;
            last = piece->dispatch;
            p->cost[piece->dispatch] += p->pace[u].seconds * share;
        }
    }
}
