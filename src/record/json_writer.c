#include "record/json_writer.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "base/utf8.h"

void record_put(struct record_writer *w, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        w->failed = true;
}

void record_append(struct record_writer *w, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        w->failed = true;
}

void record_put_number(struct record_writer *w, json_t *object, const char *key, uint64_t number)
{
    record_put(w, object, key, json_integer((json_int_t)number));
}

void record_put_str(struct record_writer *w, json_t *object, const char *key, const char *text)
{
    if (text)
        record_put(w, object, key, json_string(text));
}

json_t *record_octets(struct slice s)
{
    struct buffer b = buffer_new(LIMIT_RECORD_OCTETS);
    for (size_t i = 0; i < s.n;) {
        size_t n = utf8_length(slice_from(s, i));
        if (n == 0)
            buffer_printf(&b, "\\x%02X", s.p[i]);
        else if (s.p[i] == '\\')
            buffer_add_str(&b, "\\\\");
        else
            buffer_add(&b, slice_sub(s, i, n));
        i += n ? n : 1;
    }
    json_t *value = b.status == WAYBILL_OK ? json_stringn(b.p ? (char *)b.p : "", b.n) : NULL;
    buffer_free(&b);
    return value;
}

void record_put_slice(struct record_writer *w, json_t *object, const char *key, struct slice s)
{
    if (s.p)
        record_put(w, object, key, record_octets(s));
}

void record_put_verdict(struct record_writer *w, json_t *object, struct verdict v)
{
    record_put_str(w, object, "result", waybill_result_text(v.result));
    record_put_str(w, object, "why", v.why);
}
