/* Learns how long submissions take. */
#include "backend/vulkan/pace.h"

/* Software devices without register tiles do 0.9 GFLOP/s (llvmpipe, two cores), the weakest GPUs
 * some 100. */
static const double software_flops = 1e9, gpu_flops = 100e9;

/* What a command buffer costs by itself. */
static const double overhead_seconds = 20e-6;

struct um_vk_pace um_vk_pace_start(bool software) {
    const double rate = software ? software_flops : gpu_flops;
    return (struct um_vk_pace){.slowest = rate, .flops_per_second = rate};
}

static double expected(const struct um_vk_pace *pace, const struct um_vk_pace_unit *unit) {
    return unit->seconds > 0 ? unit->seconds
                             : unit->flops / pace->flops_per_second + overhead_seconds;
}

uint32_t um_vk_pace_take(const struct um_vk_pace *pace, const struct um_vk_pace_unit *units,
                         uint32_t count, double *seconds) {
    uint32_t taken = 1;
    bool known = units[0].seconds > 0;
    double sum = expected(pace, &units[0]);
    for (; taken < count; taken++) {
        const double more = sum + expected(pace, &units[taken]);
        known = known && units[taken].seconds > 0;
        if (more > (known ? UM_VK_PACE_FULL : UM_VK_PACE_UNKNOWN))
            break;
        sum = more;
    }
    *seconds = sum;
    return taken;
}

/* A unit's share of the time is its share of what was expected. Longer times count at once, shorter
 * ones by and by: a submission that is too small costs little, one that is too large the device. */
static bool learn_unit(struct um_vk_pace_unit *unit, double seconds) {
    const bool long_again = unit->seconds > UM_VK_PACE_LONG && seconds > UM_VK_PACE_LONG;
    if (unit->runs > 1 && seconds < unit->seconds)
        seconds = 0.75 * unit->seconds + 0.25 * seconds;
    unit->seconds = seconds;
    unit->runs++;
    return !long_again;
}

bool um_vk_pace_learn(struct um_vk_pace *pace, struct um_vk_pace_unit *units, uint32_t count,
                      double seconds) {
    double sum = 0, flops = 0;
    bool all_new = true, short_enough = true;
    for (uint32_t i = 0; i < count; i++) {
        sum += expected(pace, &units[i]);
        flops += units[i].flops;
        all_new = all_new && units[i].seconds <= 0;
    }
    for (uint32_t i = 0; i < count; i++)
        short_enough &= learn_unit(&units[i], seconds * expected(pace, &units[i]) / sum);
    if (seconds > pace->longest)
        pace->longest = seconds;
    /* Short submissions measure the way there and back, not the device. */
    if (all_new && seconds > UM_VK_PACE_UNKNOWN / 4 && flops > 0) {
        const double rate = flops / seconds, most = 4 * pace->flops_per_second;
        pace->flops_per_second = rate < most ? rate : most;
    }
    return short_enough;
}
