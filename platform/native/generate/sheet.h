/* The contact sheet: all pictures in rows on white. */
#ifndef CLI_GENERATE_SHEET_H
#define CLI_GENERATE_SHEET_H

#include "generate/outputs.h"

/* Lays the sheet out and makes it empty. Exit code; a line is printed unless it is 0. */
int sheet_open(struct outputs *outputs);

/* Puts picture `number` in its place. False: no memory. */
bool sheet_add(struct outputs *outputs, uint32_t number, const struct picture *picture);

#endif
