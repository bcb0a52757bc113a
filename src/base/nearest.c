#include "base/nearest.h"

/* Names are short; what is longer than this is not near any of them. */
enum { WORD_OCTETS = 32 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* One row of the table of distances between the beginnings of two words; `before` is the row for
 * one letter less of a, `earlier` for two less. */
static void fill_row(struct slice a, struct slice b, size_t i, const size_t *earlier,
                     const size_t *before, size_t *row)
{
    row[0] = i;
    for (size_t j = 1; j <= b.n; j++) {
        size_t changed = before[j - 1] + (a.p[i - 1] != b.p[j - 1]);
        row[j] = least(changed, least(before[j], row[j - 1]) + 1);
        if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
            row[j] = least(row[j], earlier[j - 2] + 1);
    }
}

static size_t distance(struct slice a, struct slice b)
{
    size_t rows[3][WORD_OCTETS + 1];
    for (size_t j = 0; j <= b.n; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.n; i++)
        fill_row(a, b, i, rows[(i + 1) % 3], rows[(i + 2) % 3], rows[i % 3]);
    return rows[a.n % 3][b.n];
}

void nearest_offer(struct nearest *nearest, const char *name)
{
    struct slice known = slice_str(name);
    if (nearest->word.n > WORD_OCTETS || known.n > WORD_OCTETS)
        return;
    size_t d = distance(nearest->word, known);
    if (d < nearest->distance || (!nearest->name && d == nearest->distance)) {
        nearest->name = name;
        nearest->distance = d;
    }
}
