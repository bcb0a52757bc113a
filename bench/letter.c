#include "letter.h"

#include "base/buffer.h"
#include "io/file.h"
#include "mail.h"
#include "milter/protocol.h"
#include "world.h"

/* The most of a body that one packet has, for an MTA. */
enum { PIECE_OCTETS = 65535 };

static void tell(struct letter *letter, uint8_t command, struct slice a, struct slice b)
{
    letter->all = arena_grown(&letter->arena, letter->all, letter->n, sizeof *letter->all);
    must(letter->all, "keeping a letter");
    letter->all[letter->n++] = (struct told){command, {a, b}};
}

/* Name and value are each ended by a NUL; a folded value has LF, no CR. */
static void tell_field(struct letter *letter, struct slice field)
{
    size_t colon = slice_find(field, ':', 0);
    struct buffer text = buffer_new(MAIL_OCTETS_MOST);
    struct slice kept;
    for (size_t i = 0; i < field.n; i++)
        if (field.p[i] != '\r')
            buffer_add_octet(&text, i == colon ? 0 : field.p[i]);
    buffer_add_octet(&text, 0);
    must(colon < field.n && text.status == WAYBILL_OK &&
             arena_copy(&letter->arena, buffer_slice(&text), &kept),
         "reading a field");
    buffer_free(&text);
    tell(letter, COMMAND_HEADER, slice_sub(kept, 0, colon + 1), slice_from(kept, colon + 1));
}

/* Where the field that begins at `from` ends: its LF, which no white space follows. */
static size_t field_end(struct slice all, size_t from)
{
    size_t end = slice_find(all, '\n', from);
    while (end + 1 < all.n && octet_is_wsp(all.p[end + 1]))
        end = slice_find(all, '\n', end + 1);
    must(end < all.n, "finding the end of a header");
    return end;
}

/* Where the body begins. */
static size_t tell_header(struct letter *letter, struct slice all)
{
    size_t at = 0;
    while (at < all.n && all.p[at] != '\r' && all.p[at] != '\n') {
        size_t end = field_end(all, at);
        tell_field(letter, slice_sub(all, at, end - at));
        at = end + 1;
    }
    return slice_find(all, '\n', at) + 1;
}

/* As it goes over the wire. */
static struct slice with_crlf(struct letter *letter, struct slice body)
{
    struct buffer text = buffer_new(2 * MAIL_OCTETS_MOST);
    struct slice kept;
    for (size_t i = 0; i < body.n; i++)
        if (body.p[i] == '\n')
            buffer_add_str(&text, "\r\n");
        else if (body.p[i] != '\r')
            buffer_add_octet(&text, body.p[i]);
    must(text.status == WAYBILL_OK && arena_copy(&letter->arena, buffer_slice(&text), &kept),
         "reading a body");
    buffer_free(&text);
    return kept;
}

void letter_open(struct letter *letter, const char *path)
{
    const struct slice none = {NULL, 0};
    struct buffer file = buffer_new(MAIL_OCTETS_MOST);
    must(file_read(path, &file) == FILE_FINE, path);
    *letter = (struct letter){.arena = arena_new()};
    tell(letter, COMMAND_MAIL, slice_of("<alice@author.example>", 23), none);
    tell(letter, COMMAND_RCPT, slice_of("<bob@example.org>", 18), none);
    tell(letter, COMMAND_DATA, none, none);
    size_t at = tell_header(letter, buffer_slice(&file));
    tell(letter, COMMAND_HEADER_END, none, none);
    struct slice body = with_crlf(letter, slice_from(buffer_slice(&file), at));
    for (at = 0; at < body.n; at += PIECE_OCTETS)
        tell(letter, COMMAND_BODY, slice_sub(body, at, PIECE_OCTETS), none);
    buffer_free(&file);
}

void letter_close(struct letter *letter)
{
    arena_free(&letter->arena);
}
