#include "base/buffer.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "mail/address.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Text of addresses: UTF-8 without control characters but HTAB. */
static void check_text(struct slice text)
{
    must(utf8_valid(text));
    for (size_t i = 0; i < text.n; i++)
        must(text.p[i] == '\t' || (text.p[i] >= ' ' && text.p[i] != 0x7F));
}

static void check_display(struct slice display)
{
    check_text(display);
    must(slice_trim(display).n == display.n);
    for (size_t i = 0; i < display.n; i++)
        must(display.p[i] != '\t' && !(i > 0 && display.p[i] == ' ' && display.p[i - 1] == ' '));
}

/* What was read, written with every octet of the local part quoted, reads as the same. */
static void read_again(struct arena *arena, const struct mailbox *m)
{
    struct buffer text = buffer_new(SIZE_MAX);
    buffer_add_str(&text, "<\"");
    for (size_t i = 0; i < m->local_part.n; i++) {
        if (m->local_part.p[i] < 0x80)
            buffer_add_octet(&text, '\\');
        buffer_add_octet(&text, m->local_part.p[i]);
    }
    buffer_add_str(&text, "\"@");
    buffer_add(&text, m->domain);
    buffer_add_str(&text, ">");
    struct mailboxes again;
    must(address_parse_list(arena, buffer_slice(&text), &again) == WAYBILL_OK && again.n == 1);
    must(slice_eq(again.all[0].local_part, m->local_part));
    must(slice_eq(again.all[0].domain, m->domain));
    buffer_free(&text);
}

static void try_list(struct arena *arena, struct slice value)
{
    struct mailboxes list;
    enum waybill_status status = address_parse_list(arena, value, &list);
    must((status == WAYBILL_OK) == !list.why && list.n <= LIMIT_MAILBOXES);
    must(status == WAYBILL_OK || status == WAYBILL_SYNTAX || status == WAYBILL_LIMIT);
    for (size_t i = 0; i < list.n; i++) {
        const struct mailbox *m = &list.all[i];
        check_display(m->display);
        check_text(m->local_part);
        check_text(m->domain);
        must(m->domain.n > 0);
        read_again(arena, m);
    }
}

static void try_path(struct arena *arena, struct slice path)
{
    struct mailbox m;
    const char *why;
    enum waybill_status status = address_parse_path(arena, path, &m, &why);
    must((status == WAYBILL_OK) == !why);
    must(status == WAYBILL_OK || status == WAYBILL_SYNTAX);
    must(m.display.n == 0);
    check_text(m.local_part);
    check_text(m.domain);
    if (m.domain.n > 0)
        read_again(arena, &m);
    else
        must(m.local_part.n == 0 || slice_ieq(m.local_part, SLICE("postmaster")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = arena_new();
    try_list(&arena, slice_of(data, size));
    try_path(&arena, slice_of(data, size));
    arena_free(&arena);
    return 0;
}
