/* What an edit knows of its source, handed to the next edit of it. */
#include "edit/edit.h"

#include <string.h>

static bool same_source(const um_edit *edit, const um_edit *like) {
    size_t values = (size_t)edit->canvas.source_width * edit->canvas.source_height * 3;
    return like->model == edit->model &&
           memcmp(&like->canvas, &edit->canvas, sizeof like->canvas) == 0 &&
           memcmp(like->source, edit->source, values * sizeof *like->source) == 0;
}

static void take_codes(um_edit *edit, const um_edit *like) {
    memcpy(edit->encoded, like->encoded, um_edit_lattice(edit));
    for (size_t cell = 0; cell < um_edit_cells(edit); cell++) {
        if (like->codes[cell] < 0)
            continue;
        edit->codes[cell] = like->codes[cell];
        um_edit_show(edit, cell);
    }
}

/* The first image of `like` with that class; its batch if there is none. */
static uint32_t find_class(const um_edit *like, int32_t class_index) {
    uint32_t image = 0;
    while (image < like->draw.batch && like->classes[image] != class_index)
        image++;
    return image;
}

static void take_measures(um_edit *edit, const um_edit *like) {
    const size_t cells = um_edit_cells(edit);
    bool complete = edit->info.measuring_steps > 0 &&
                    like->info.measuring_steps == edit->info.measuring_steps &&
                    like->step >= like->info.measuring_steps &&
                    memcmp(like->judged, edit->judged, um_edit_lattice(edit)) == 0;
    for (uint32_t image = 0; image < edit->draw.batch && complete; image++) {
        uint32_t from = find_class(like, edit->classes[image]);
        complete = from < like->draw.batch;
        if (complete)
            memcpy(edit->measured + image * cells, like->measured + from * cells,
                   cells * sizeof *edit->measured);
    }
    edit->measured_already = complete;
}

void um_edit_take_over(um_edit *edit, const um_edit *like) {
    if (!like || !same_source(edit, like))
        return;
    take_codes(edit, like);
    take_measures(edit, like);
}
