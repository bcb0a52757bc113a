#include "dkim2/subject.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "mail/encoded_word.h"

static size_t common_head(struct slice a, struct slice b)
{
    size_t n = 0;
    while (n < a.n && n < b.n && a.p[n] == b.p[n])
        n++;
    return n;
}

static size_t common_tail(struct slice a, struct slice b)
{
    size_t n = 0;
    while (n < a.n && n < b.n && a.p[a.n - 1 - n] == b.p[b.n - 1 - n])
        n++;
    return n;
}

static bool is_blob_octet(uint8_t c)
{
    return c != '[' && c != ']';
}

/* One subj-blob or more (RFC 5256 section 5), with spaces among and around them. */
static bool is_tags(struct slice s)
{
    struct cursor c = cursor_new(slice_trim(s));
    do {
        if (!cursor_accept(&c, '[') || cursor_while(&c, is_blob_octet).n == 0 ||
            !cursor_accept(&c, ']'))
            return false;
        cursor_while(&c, octet_is_wsp);
    } while (!cursor_done(&c));
    return true;
}

/* Where programs put tags. In the midst of the words brackets are words. */
static bool is_place_of_tags(struct slice before, struct slice behind)
{
    before = slice_trim(before);
    uint8_t last = before.n > 0 ? before.p[before.n - 1] : ':';
    return last == ':' || last == ']' || slice_trim(behind).n == 0;
}

/* What was put in may be cut out at several places: "[a] [b] x" is "[a] x" with "[b] ", "b] [".
 * Whether it is tags is asked first, for a look round its place may pass over long white space. */
static bool is_tagged(struct slice older, struct slice newer)
{
    if (newer.n <= older.n || newer.n - older.n > LIMIT_SUBJECT_TAGS)
        return false;
    size_t head = common_head(older, newer), tail = common_tail(older, newer);
    for (size_t at = older.n - tail; at <= head; at++)
        if (is_tags(slice_sub(newer, at, newer.n - older.n)) &&
            is_place_of_tags(slice_sub(older, 0, at), slice_from(older, at)))
            return true;
    return false;
}

static bool may_have_words(struct slice value)
{
    return slice_find(value, '=', 0) < value.n;
}

enum waybill_status subject_is_tagged(struct slice older, struct slice newer, bool *tagged)
{
    if (!may_have_words(older) && !may_have_words(newer)) {
        *tagged = is_tagged(older, newer);
        return WAYBILL_OK;
    }
    struct buffer before = buffer_new(LIMIT_HEADER_OCTETS), after = buffer_new(LIMIT_HEADER_OCTETS);
    encoded_word_show(&before, older);
    encoded_word_show(&after, newer);
    enum waybill_status status = before.status == WAYBILL_OK ? after.status : before.status;
    *tagged = status == WAYBILL_OK && is_tagged(buffer_slice(&before), buffer_slice(&after));
    buffer_free(&before);
    buffer_free(&after);
    return status == WAYBILL_LIMIT ? WAYBILL_OK : status;
}
