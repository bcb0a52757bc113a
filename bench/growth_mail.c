#include "growth_mail.h"

#include "custody.h"
#include "simple.h"

#include <stdio.h>

static const char body[] = "Bread.\r\n";

static void repeat(struct buffer *out, const char *text, size_t n)
{
    for (; n > 0; n--)
        buffer_add_str(out, text);
}

/* --- a signature whose h= and tags grow ----------------------------------------------------------
 */

static void open_signature(struct buffer *out)
{
    buffer_add_str(out, "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=" BENCH_DOMAIN
                        "; s=rsa;\r\n h=from");
}

/* 256 octets of a number below every RSA-2048 modulus. */
static void close_signature(struct buffer *out)
{
    buffer_add_str(out, ";\r\n bh=");
    simple_digest(SLICE(body), out);
    buffer_add_str(out, ";\r\n b=");
    repeat(out, "QUFB", 85);
    buffer_add_str(out, "QQ==\r\n");
}

static void close_message(struct buffer *out)
{
    buffer_add_str(out, "From: Alice <alice@" BENCH_DOMAIN ">\r\nSubject: Bread\r\n\r\n");
    buffer_add_str(out, body);
}

static void add_signature(struct buffer *out)
{
    open_signature(out);
    close_signature(out);
}

/* ":PREFIX0:PREFIX1…" for h=; a fold before each, as a line has its limit. */
static void add_names(struct buffer *out, const char *prefix, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buffer_printf(out, ":\r\n %s%zu", prefix, i);
}

static void add_fields(struct buffer *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buffer_printf(out, "X-Note-%zu: the note of line %zu\r\n", i, i);
}

/* --- the header ----------------------------------------------------------------------------------
 */

void growth_fields(const struct world *world, struct buffer *out, size_t n)
{
    (void)world;
    add_signature(out);
    add_fields(out, n);
    close_message(out);
}

void growth_tags(const struct world *world, struct buffer *out, size_t n)
{
    (void)world;
    open_signature(out);
    for (size_t i = 0; i < n; i++)
        buffer_printf(out, ";\r\n x%zu=y", i);
    close_signature(out);
    close_message(out);
}

void growth_folds(const struct world *world, struct buffer *out, size_t n)
{
    (void)world;
    open_signature(out);
    buffer_add_str(out, ":X-Folded");
    close_signature(out);
    buffer_add_str(out, "X-Folded: once");
    repeat(out, "\r\n\t upon a time", n);
    buffer_add_str(out, "\r\n");
    close_message(out);
}

void growth_field_spaces(const struct world *world, struct buffer *out, size_t n)
{
    (void)world;
    open_signature(out);
    buffer_add_str(out, ":X-Spaces");
    close_signature(out);
    buffer_add_str(out, "X-Spaces: from");
    repeat(out, " ", n);
    buffer_add_str(out, "to\r\n");
    close_message(out);
}

/* --- h= ------------------------------------------------------------------------------------------
 */

void growth_distinct_names(const struct world *world, struct buffer *out, size_t n)
{
    (void)world;
    open_signature(out);
    add_names(out, "X-Note-", n);
    close_signature(out);
    add_fields(out, n);
    close_message(out);
}

void growth_repeated_names(const struct world *world, struct buffer *out, size_t n)
{
    (void)world;
    open_signature(out);
    repeat(out, ":\r\n Comments", n);
    close_signature(out);
    repeat(out, "Comments: once more\r\n", n);
    close_message(out);
}

void growth_absent_names(const struct world *world, struct buffer *out, size_t n)
{
    (void)world;
    open_signature(out);
    add_names(out, "X-Absent-", n);
    close_signature(out);
    close_message(out);
}

/* --- the body ------------------------------------------------------------------------------------
 */

static void open_body(struct buffer *out)
{
    add_signature(out);
    buffer_add_str(out, "From: Alice <alice@" BENCH_DOMAIN ">\r\n\r\n");
}

void growth_spaces(const struct world *world, struct buffer *out, size_t n)
{
    (void)world;
    open_body(out);
    buffer_add_str(out, "from");
    repeat(out, " ", n);
    buffer_add_str(out, "to\r\n");
}

void growth_blank_lines(const struct world *world, struct buffer *out, size_t n)
{
    (void)world;
    open_body(out);
    buffer_add_str(out, body);
    repeat(out, "\r\n", n / 2);
}

void growth_endless_line(const struct world *world, struct buffer *out, size_t n)
{
    (void)world;
    open_body(out);
    repeat(out, "bread ", n / 6);
}

void growth_lone_crs(const struct world *world, struct buffer *out, size_t n)
{
    (void)world;
    open_body(out);
    repeat(out, "\r", n);
    buffer_add_str(out, "end\r\n");
}

/* --- signatures, ARC -----------------------------------------------------------------------------
 */

/* Short ones: a header has 16 MB. */
void growth_signatures(const struct world *world, struct buffer *out, size_t n)
{
    (void)world;
    repeat(out,
           "DKIM-Signature: v=1; a=rsa-sha256; d=" BENCH_DOMAIN
           "; s=rsa; h=from; bh=QUFB; b=QUFB\r\n",
           n);
    close_message(out);
}

void growth_sets(const struct world *world, struct buffer *out, size_t n)
{
    (void)world;
    for (size_t i = n; i > 0; i--)
        buffer_printf(
            out,
            "ARC-Seal: i=%zu; a=rsa-sha256; cv=pass; d=hop.example; s=rsa; b=QUFB\r\n"
            "ARC-Message-Signature: i=%zu; a=rsa-sha256; d=hop.example; s=rsa; h=from;\r\n"
            " bh=QUFB; b=QUFB\r\n"
            "ARC-Authentication-Results: i=%zu; mx.example; none\r\n",
            i, i, i);
    close_message(out);
}

void growth_chain(const struct world *world, struct buffer *out, size_t n)
{
    struct buffer message = buffer_new(MAIL_OCTETS_MOST);
    close_message(&message);
    for (size_t i = 1; i <= n; i++) {
        char domain[32];
        struct slice octets = buffer_slice(&message);
        struct buffer added = buffer_new(MAIL_OCTETS_MOST);
        snprintf(domain, sizeof domain, "hop%zu.example", i);
        drive_seal(world, source_of(&octets), domain, NULL, &added);
        buffer_add(&added, octets);
        buffer_free(&message);
        message = added;
    }
    buffer_add(out, buffer_slice(&message));
    buffer_free(&message);
}

void growth_hops(const struct world *world, struct buffer *out, size_t n)
{
    struct buffer message = buffer_new(MAIL_OCTETS_MOST);
    close_message(&message);
    custody_chain(world, (unsigned)n, false, &message);
    buffer_add(out, buffer_slice(&message));
    buffer_free(&message);
}

/* A sealed message, with another AAR than it had: the seal fails, and all is done. */
void growth_aar(const struct world *world, struct buffer *out, size_t n)
{
    static const char method[] = ";\r\n dkim=pass header.d=" BENCH_DOMAIN;
    struct buffer sealed = buffer_new(MAIL_OCTETS_MOST);
    growth_chain(world, &sealed, 1);
    struct slice octets = buffer_slice(&sealed);
    size_t at = 0;
    while (!slice_starts(slice_from(octets, at), SLICE("ARC-Authentication-Results:")))
        at = slice_find(octets, '\n', at) + 1;
    size_t end = slice_find(octets, '\n', at) + 1;
    while (octet_is_wsp(octets.p[end]))
        end = slice_find(octets, '\n', end) + 1;
    buffer_add(out, slice_sub(octets, 0, at));
    buffer_add_str(out, "ARC-Authentication-Results: i=1; " BENCH_AUTHSERV);
    repeat(out, method, n / (sizeof method - 1));
    buffer_add_str(out, "\r\n");
    buffer_add(out, slice_from(octets, end));
    buffer_free(&sealed);
}
