/* The one thing that is taken from EXIF data: which way up a picture is. */
#ifndef CLI_INPUT_EXIF_H
#define CLI_INPUT_EXIF_H

#include <stddef.h>

/* The orientation, 1 to 8 as EXIF counts; 1 (upright) if the block says none or is damaged. The
 * block may begin with "Exif\0\0", as in JPEG files. */
unsigned exif_orientation(const unsigned char *block, size_t size);

#endif
