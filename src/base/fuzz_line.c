/* The input is cut at every octet 0xFF into values; each is the value of a pair. */
#include "base/line.h"

#include "base/limits.h"
#include "support/log_line.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BETWEEN_VALUES = 0xFF };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void must_be(const struct buffer *read, struct slice value, bool cut)
{
    must(slice_eq(buffer_slice(read), slice_sub(value, 0, read->n)));
    must(cut ? read->n < value.n : read->n == value.n);
}

static void read_again(struct slice text, struct slice values)
{
    struct cursor line = cursor_new(text), all = cursor_new(values);
    struct buffer read = buffer_new(LIMIT_LOG_LINE);
    struct slice key;
    bool cut;
    must(log_line_start(&line, &read, &cut));
    must_be(&read, cursor_until(&all, BETWEEN_VALUES), cut);
    while (cursor_accept(&all, BETWEEN_VALUES)) {
        read.n = 0;
        must(log_line_next(&line, &key, &read, &cut) && slice_eq(key, SLICE("key")));
        must_be(&read, cursor_until(&all, BETWEEN_VALUES), cut);
    }
    must(cursor_done(&line));
    buffer_free(&read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor all = cursor_new(slice_of(data, size));
    struct buffer line = buffer_new(SIZE_MAX);
    line_start(&line, cursor_until(&all, BETWEEN_VALUES));
    while (cursor_accept(&all, BETWEEN_VALUES))
        line_add(&line, "key", cursor_until(&all, BETWEEN_VALUES));
    must(line.status == WAYBILL_OK);
    for (size_t i = 0; i < line.n; i++)
        must(line.p[i] >= ' ' && line.p[i] <= '~');
    read_again(buffer_slice(&line), slice_of(data, size));
    buffer_free(&line);
    return 0;
}
