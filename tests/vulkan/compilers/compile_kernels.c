/* Compiles every kernel that the backend would choose on the first Vulkan device, for the published
 * sizes and a small model of each variant, and prints what the compiler says, as JSON.
 *   compile_kernels [--code]
 * With --code each kernel brings its machine code as text, where the driver has it. Exit code: 0,
 * 77 = no device with statistics, else 1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/vulkan/util.h"
#include "graph/layout.h"
#include "model/model_file.h"
#include "support/tiny_model.h"
#include "vulkan/compilers/compile_device.h"
#include "vulkan/compilers/kernels.h"

static const struct um_reading reading = {.layout = um_weight_layout};

enum { MAX_EXECUTABLES = 4, MAX_STATISTICS = 64 };

static void on_log(void *user, um_log_level level, const char *text) {
    (void)user;
    if (level <= UM_LOG_WARN)
        fprintf(stderr, "%s\n", text);
}

/* The published networks, as model/synthetic.c has them, and Halton-MaskGIT's. */
static struct um_config published(uint32_t side, bool halton) {
    static const uint32_t multipliers[] = {1, 1, 2, 2, 4};
    struct um_config c = {
        .image_width = side,
        .image_height = side,
        .grid_width = side / 16,
        .grid_height = side / 16,
        .codebook_size = halton ? 16384 : 1024,
        .codebook_dim = halton ? 8 : 256,
        .class_count = 1000,
        .null_class = halton,
        .transformer = {.dim = 768,
                        .layers = 24,
                        .heads = halton ? 12 : 16,
                        .mlp_dim = 3072,
                        .head_dim = halton ? 64 : 48,
                        .patch_size = 1,
                        .norm_epsilon = 1e-5f},
        .tokenizer = {.levels = 5, .res_blocks = 2, .norm_groups = 32, .norm_epsilon = 1e-6f},
    };
    for (uint32_t l = 0; l < 5; l++)
        c.tokenizer.channels[l] = 128 * multipliers[l];
    if (halton) {
        c.transformer.kind = UM_TRANSFORMER_HALTON;
        c.tokenizer.kind = UM_TOKENIZER_TAMING;
        c.tokenizer.z_channels = 256;
        c.tokenizer.unit_codes = true;
    }
    return c;
}

static um_status add_types(struct kernel_list *list, struct um_vk_device *device,
                           struct um_config *config, const char *name) {
    static const struct {
        enum um_dtype dtype;
        bool half;
        const char *text;
    } types[] = {{UM_F32, false, "F32"}, {UM_F16, true, "F16"}, {UM_Q8_0, false, "Q8_0"}};
    static const uint32_t batches[] = {1, 8};
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++)
        for (size_t b = 0; b < sizeof batches / sizeof batches[0]; b++) {
            char text[48];
            snprintf(text, sizeof text, "%s %s x%u", name, types[t].text, (unsigned)batches[b]);
            config->file_dtype = types[t].dtype;
            device->f16 = types[t].half;
            const um_status status = kernels_add(list, device, config, text, batches[b]);
            if (status != UM_OK && status != UM_ERROR_MEMORY) /* then there are fewer at once */
                return status;
        }
    return UM_OK;
}

static um_status add_tiny(struct kernel_list *list, struct um_vk_device *device,
                          const char *variant) {
    struct tiny_model_options options = {.dim = 64};
    struct um_model_file file = {0};
    size_t size;
    if (!tiny_model_variant(&options, variant))
        abort();
    void *bytes = tiny_model_build(&options, &size);
    um_status status =
        um_model_file_from_memory(&file, bytes, size, variant, &reading, &device->log);
    if (status == UM_OK)
        status = add_types(list, device, &file.config, variant);
    um_model_file_close(&file);
    free(bytes);
    return status;
}

static um_status add_models(struct kernel_list *list, struct um_vk_device *device) {
    static const char *const variants[] = {"original", "v1", "halton", "halton-patched"};
    struct um_config small = published(256, false), large = published(512, false),
                     halton = published(384, true);
    UM_TRY(add_types(list, device, &small, "256"));
    UM_TRY(add_types(list, device, &large, "512"));
    UM_TRY(add_types(list, device, &halton, "halton 384"));
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++)
        UM_TRY(add_tiny(list, device, variants[i]));
    return UM_OK;
}

/* ---------------------------------------------------------------- printing */

static void print_string(const char *text) {
    putchar('"');
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text < ' ')
            printf("\\u%04x", *text);
        else
            putchar(*text);
    putchar('"');
}

static void print_value(const VkPipelineExecutableStatisticKHR *s) {
    switch (s->format) {
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_BOOL32_KHR:
        printf("%u", s->value.b32);
        break;
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_INT64_KHR:
        printf("%lld", (long long)s->value.i64);
        break;
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_UINT64_KHR:
        printf("%llu", (unsigned long long)s->value.u64);
        break;
    default:
        printf("%.9g", s->value.f64);
    }
}

/* The first executable; a compute pipeline with several has the same code for other sizes of
 * subgroup, the one that runs first. */
static um_status print_statistics(struct compile_device *c, VkPipeline pipeline) {
    struct um_vk_device *d = &c->device;
    VkPipelineExecutableStatisticKHR list[MAX_STATISTICS];
    uint32_t count = MAX_STATISTICS;
    for (uint32_t i = 0; i < count; i++)
        list[i] = (VkPipelineExecutableStatisticKHR){
            .sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR};
    const VkPipelineExecutableInfoKHR info = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR, .pipeline = pipeline};
    const VkResult result =
        d->vk.vkGetPipelineExecutableStatisticsKHR(d->handle, &info, &count, list);
    if (result != VK_SUCCESS)
        return um_vk_fail(d, result, "vkGetPipelineExecutableStatisticsKHR");
    printf(", \"statistics\": {");
    for (uint32_t i = 0; i < count; i++) {
        printf("%s", i ? ", " : "");
        print_string(list[i].name);
        printf(": ");
        print_value(&list[i]);
    }
    putchar('}');
    return UM_OK;
}

/* The driver's last listing as text: the one nearest to what the device runs. */
static char *listing_of(struct compile_device *c, VkPipeline pipeline) {
    struct um_vk_device *d = &c->device;
    VkPipelineExecutableInternalRepresentationKHR list[8];
    uint32_t count = 8;
    const VkPipelineExecutableInfoKHR info = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR, .pipeline = pipeline};
    memset(list, 0, sizeof list);
    for (uint32_t i = 0; i < count; i++)
        list[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION_KHR;
    if (d->vk.vkGetPipelineExecutableInternalRepresentationsKHR(d->handle, &info, &count, list))
        return NULL;
    for (uint32_t i = 0; i < count; i++)
        list[i].pData = list[i].isText ? calloc(list[i].dataSize + 1, 1) : NULL;
    char *last = NULL;
    if (d->vk.vkGetPipelineExecutableInternalRepresentationsKHR(d->handle, &info, &count, list) ==
        VK_SUCCESS)
        for (uint32_t i = 0; i < count; i++)
            last = list[i].pData && *(char *)list[i].pData ? list[i].pData : last;
    for (uint32_t i = 0; i < count; i++)
        if (list[i].pData != last)
            free(list[i].pData);
    return last;
}

static um_status print_kernel(struct compile_device *c, const struct kernel *kernel, bool code) {
    VkPipeline pipeline;
    UM_TRY(compile_device_build(c, kernel->shader, &kernel->spec, &pipeline));
    printf("    {\"kernel\": \"%s\", \"share\": %.4f, \"network\": \"%s\", \"constants\": [",
           um_vk_module(kernel->shader)->name, kernel->share, kernel->network);
    for (uint32_t i = 0; i < UM_SPEC_COUNT; i++)
        printf("%s%u", i ? ", " : "", (unsigned)kernel->spec.value[i]);
    putchar(']');
    um_status status = print_statistics(c, pipeline);
    char *listing = code && status == UM_OK ? listing_of(c, pipeline) : NULL;
    if (listing) {
        printf(", \"listing\": ");
        print_string(listing);
    }
    free(listing);
    putchar('}');
    return status;
}

static um_status print_all(struct compile_device *c, const struct kernel_list *list, bool code) {
    const struct um_vk_features *f = &c->device.features;
    printf("{\n  \"device\": ");
    print_string(c->name);
    printf(", \"driver\": ");
    print_string(c->driver);
    printf(", \"subgroup\": %u, \"shared_bytes\": %u, \"paths\": [", (unsigned)f->subgroup_size,
           (unsigned)c->device.limits.maxComputeSharedMemorySize);
    for (uint32_t i = 0, listed = 0; i < UM_FEATURE_COUNT; i++)
        if (f->used & f->fast & 1u << i)
            printf("%s\"%s\"", listed++ ? ", " : "", um_feature_name(i));
    printf("],\n  \"kernels\": [\n");
    for (uint32_t i = 0; i < list->count; i++) {
        UM_TRY(print_kernel(c, &list->at[i], code));
        printf("%s\n", i + 1 < list->count ? "," : "");
    }
    printf("  ]\n}\n");
    return UM_OK;
}

int main(int argc, char **argv) {
    const struct um_log log = {.fn = on_log};
    const bool code = argc == 2 && strcmp(argv[1], "--code") == 0;
    struct compile_device *c = calloc(1, sizeof *c);
    struct kernel_list *list = calloc(1, sizeof *list);
    if (argc > 2 || (argc == 2 && !code) || !c || !list)
        return 2;
    um_status status = compile_device_open(c, code, &log);
    if (status != UM_OK) {
        compile_device_close(c);
        free(c);
        free(list);
        printf("skip: no device whose compiler tells\n");
        return 77;
    }
    status = add_models(list, &c->device);
    if (status == UM_OK)
        status = print_all(c, list, code);
    compile_device_close(c);
    free(c);
    free(list);
    return status == UM_OK ? 0 : 1;
}
