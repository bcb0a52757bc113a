/*
 * base/buffer.h: octets that grow, under a ceiling.
 *
 * A buffer is born with the ceiling of what it holds. The first append that fails, for want of
 * memory or at the ceiling, makes the buffer remember why and ignore all later appends: a writer
 * appends freely and looks at `status` once, at the end.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/slice.h"
#include "waybill/status.h"

struct buffer {
    uint8_t *p;
    size_t n;
    size_t capacity;
    size_t ceiling; /* most octets it may ever hold */
    enum waybill_status status;
};

/* An empty buffer; allocates nothing. */
static inline struct buffer buffer_new(size_t ceiling)
{
    return (struct buffer){.ceiling = ceiling, .status = WAYBILL_OK};
}

/* An empty buffer over n octets of the caller's, which are also its ceiling; it is not freed. */
static inline struct buffer buffer_over(void *octets, size_t n)
{
    return (struct buffer){(uint8_t *)octets, 0, n, n, WAYBILL_OK};
}

/* Frees the octets; the buffer is empty and usable again, its status WAYBILL_OK. */
void buffer_free(struct buffer *b);

/* Room for n octets more, without adding them: false when the buffer has failed or now does. */
bool buffer_reserve(struct buffer *b, size_t n);

void buffer_add(struct buffer *b, struct slice s);
void buffer_add_str(struct buffer *b, const char *text);
void buffer_add_octet(struct buffer *b, uint8_t c);
void buffer_add_number(struct buffer *b, uint64_t number);
/* printf for what is known to be printable and short: over 1,023 octets is cut. */
void buffer_printf(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Text from a message, made safe for a log, a comment or a terminal (design 5.5): printable ASCII
 * and well-formed UTF-8 outside the control characters stand as they are, a backslash is doubled,
 * every other octet is written \xHH.
 */
void buffer_add_escaped(struct buffer *b, struct slice s);

static inline struct slice buffer_slice(const struct buffer *b)
{
    return (struct slice){b->p, b->n};
}

#endif
