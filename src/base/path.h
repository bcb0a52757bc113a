/*
 * base/path.h: names of files that one file has of others.
 */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include "base/arena.h"

/* What a file's name has up to its last slash, that one included; empty where it has none. */
struct slice path_folder(struct slice file);

/* A name that a file in this folder has: from the root on as it stands, else from the folder on.
 * In the arena, with a NUL behind; false is out of memory. */
bool path_place(struct arena *arena, struct slice folder, struct slice name, struct slice *out);

#endif
