#include "base/path.h"

struct slice path_folder(struct slice file)
{
    size_t n = file.n;
    while (n > 0 && file.p[n - 1] != '/')
        n--;
    return slice_sub(file, 0, n);
}

bool path_place(struct arena *arena, struct slice folder, struct slice name, struct slice *out)
{
    if (slice_starts(name, SLICE("/")))
        folder.n = 0;
    const struct slice parts[] = {folder, name};
    return arena_join(arena, parts, 2, out);
}
