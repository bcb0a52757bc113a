#include "support/forge.h"

#include "base/base64.h"
#include "crypto/private_key.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIELDS_MOST = 1024, TAGS_MOST = 4096 };

struct model_header {
    struct slice fields[FIELDS_MOST]; /* with their CRLF */
    size_t n;
    struct slice body;
};

/* --- canonical forms -------------------------------------------------------------------------- */

/* RFC 6376 section 3.4.2: white space between words to one SP, none at the ends. */
static void add_relaxed(struct buffer *out, struct slice line)
{
    bool any = false, wsp = false;
    for (size_t i = 0; i < line.n; i++) {
        if (octet_is_wsp(line.p[i])) {
            wsp = true;
            continue;
        }
        if (wsp && any)
            buffer_add_octet(out, ' ');
        buffer_add_octet(out, line.p[i]);
        wsp = false;
        any = true;
    }
}

static struct slice next_line(struct slice *rest)
{
    for (size_t i = 0; i + 1 < rest->n; i++)
        if (rest->p[i] == '\r' && rest->p[i + 1] == '\n') {
            struct slice line = slice_sub(*rest, 0, i);
            *rest = slice_from(*rest, i + 2);
            return line;
        }
    struct slice line = *rest;
    rest->n = 0;
    return line;
}

struct buffer model_field(struct slice raw, enum canon form)
{
    struct buffer b = buffer_new(LAB_MESSAGE_OCTETS), unfolded = buffer_new(LAB_MESSAGE_OCTETS);
    size_t colon = slice_find(raw, ':', 0);
    struct slice name = slice_trim(slice_sub(raw, 0, colon)), rest = slice_from(raw, colon + 1);
    if (form == CANON_SIMPLE) {
        buffer_add(&b, raw);
        return b;
    }
    while (rest.n > 0)
        buffer_add(&unfolded, next_line(&rest));
    for (size_t i = 0; i < name.n; i++)
        buffer_add_octet(&b, octet_lower(name.p[i]));
    buffer_add_str(&b, ":");
    add_relaxed(&b, buffer_slice(&unfolded));
    buffer_add_str(&b, "\r\n");
    buffer_free(&unfolded);
    return b;
}

/* Section 3.4.4: none at the end of a line, runs inside to one SP; at its start they stay one SP.
 */
static void add_body_line(struct buffer *out, struct slice line, enum canon form)
{
    if (form == CANON_SIMPLE) {
        buffer_add(out, line);
        return;
    }
    while (line.n > 0 && octet_is_wsp(line.p[line.n - 1]))
        line.n--;
    if (line.n > 0 && octet_is_wsp(line.p[0]))
        buffer_add_octet(out, ' ');
    add_relaxed(out, line);
}

struct buffer model_body(struct slice body, enum canon form)
{
    struct buffer b = buffer_new(LAB_MESSAGE_OCTETS);
    size_t end = 0; /* behind the last line that is not empty */
    while (body.n > 0) {
        size_t from = b.n;
        add_body_line(&b, next_line(&body), form);
        bool blank = b.n == from;
        buffer_add_str(&b, "\r\n");
        if (!blank)
            end = b.n;
    }
    b.n = end;
    if (end == 0 && form == CANON_SIMPLE)
        buffer_add_str(&b, "\r\n");
    return b;
}

/* --- parts of a message ----------------------------------------------------------------------- */

static void split(struct slice message, struct model_header *out)
{
    struct slice rest = message;
    out->n = 0;
    while (rest.n > 0 && !slice_starts(rest, SLICE("\r\n"))) {
        struct slice from = rest;
        do
            next_line(&rest);
        while (rest.n > 0 && octet_is_wsp(rest.p[0]));
        must(out->n < FIELDS_MOST, "too many fields for the model");
        out->fields[out->n++] = slice_sub(from, 0, from.n - rest.n);
    }
    out->body = slice_from(rest, 2);
}

static bool has_name(struct slice field, struct slice name)
{
    return slice_ieq(slice_trim(slice_sub(field, 0, slice_find(field, ':', 0))), name);
}

/* The value of a tag of one letter or two, trimmed; p is NULL where there is none. */
static struct slice tag_of(const char *tags, const char *name)
{
    struct slice rest = slice_str(tags);
    while (rest.n > 0) {
        size_t end = slice_find(rest, ';', 0), equals = slice_find(rest, '=', 0);
        if (equals < end && slice_eq(slice_trim(slice_sub(rest, 0, equals)), slice_str(name)))
            return slice_trim(slice_sub(rest, equals + 1, end - equals - 1));
        rest = slice_from(rest, end + 1);
    }
    return (struct slice){NULL, 0};
}

static enum canon form_of(struct slice c, bool of_body)
{
    size_t slash = slice_find(c, '/', 0);
    struct slice word = of_body ? slice_from(c, slash + 1) : slice_sub(c, 0, slash);
    return slice_eq(word, SLICE("relaxed")) ? CANON_RELAXED : CANON_SIMPLE;
}

static struct digest_value hash(struct slice octets)
{
    struct digest_value value;
    unsigned n;
    must(EVP_Digest(octets.p ? (const void *)octets.p : "", octets.n, value.octets, &n,
                    EVP_sha256(), NULL) == 1,
         "no digest");
    value.n = n;
    return value;
}

/* --- signing ---------------------------------------------------------------------------------- */

static void put_body_hash(const char *tags, struct slice body, struct buffer *out)
{
    uint64_t length = UINT64_MAX;
    struct buffer canonical = model_body(body, form_of(tag_of(tags, "c"), true));
    struct slice l = tag_of(tags, "l");
    if (l.p)
        slice_number(l, 19, &length);
    if (length < canonical.n)
        canonical.n = (size_t)length;
    struct digest_value value = hash(buffer_slice(&canonical));
    for (const char *c = tags; *c; c++)
        if (*c == '@' && c[1] == ';')
            base64_encode(out, digest_slice(&value));
        else
            buffer_add_octet(out, (uint8_t)*c);
    buffer_free(&canonical);
}

static void add_canonical(struct buffer *out, struct slice field, enum canon form)
{
    struct buffer b = model_field(field, form);
    buffer_add(out, buffer_slice(&b));
    buffer_free(&b);
}

/* Section 5.4.2: each name takes the lowest field of that name that is still there. */
static void add_headers(struct buffer *out, struct model_header *header, struct slice names,
                        enum canon form)
{
    bool done = false;
    for (struct slice name; taglist_element(&names, &done, &name);) {
        size_t i = header->n;
        while (i > 0 && !has_name(header->fields[i - 1], name))
            i--;
        if (i == 0)
            continue;
        add_canonical(out, header->fields[i - 1], form);
        header->fields[i - 1].n = 0; /* taken */
    }
}

/* Signs `text` and what the field is without its signature; puts the finished field on top. */
static void finish(const struct lab *lab, enum lab_key key, struct buffer *text,
                   struct buffer *field, enum canon form, struct buffer *message)
{
    struct arena arena = arena_new();
    struct slice octets;
    struct buffer end = model_field(buffer_slice(field), form);
    if (form == CANON_RELAXED)
        end.n -= 2; /* section 3.7: without its CRLF */
    buffer_add(text, buffer_slice(&end));
    struct digest_value value = hash(buffer_slice(text));
    must(private_key_sign(lab->keys[key], algorithm_of_key(private_key_kind(lab->keys[key])),
                          digest_slice(&value), &arena, &octets) == WAYBILL_OK,
         "not signed");
    base64_encode(field, octets);
    buffer_add_str(field, "\r\n");
    put_on_top(message, buffer_slice(field));
    buffer_free(&end);
    arena_free(&arena);
}

void forge_signature(const struct lab *lab, enum lab_key key, const char *name, const char *tags,
                     struct buffer *message)
{
    struct model_header *header = malloc(sizeof *header);
    struct buffer text = buffer_new(LAB_MESSAGE_OCTETS), field = buffer_new(LAB_MESSAGE_OCTETS);
    enum canon form = form_of(tag_of(tags, "c"), false);
    must(header != NULL, "out of memory");
    split(buffer_slice(message), header);
    buffer_printf(&field, "%s: ", name);
    put_body_hash(tags, header->body, &field);
    add_headers(&text, header, tag_of(tags, "h"), form);
    finish(lab, key, &text, &field, form, message);
    buffer_free(&text);
    buffer_free(&field);
    free(header);
}

static bool is_of_set(struct slice field, const char *name, unsigned instance)
{
    char start[16];
    int n = snprintf(start, sizeof start, " i=%u;", instance);
    struct slice value = slice_from(field, slice_find(field, ':', 0) + 1);
    return has_name(field, slice_str(name)) && slice_starts(value, slice_of(start, (size_t)n));
}

void forge_seal(const struct lab *lab, enum lab_key key, const char *tags, unsigned first,
                unsigned last, struct buffer *message)
{
    static const char *const names[] = {"ARC-Authentication-Results", "ARC-Message-Signature",
                                        "ARC-Seal"};
    struct model_header *header = malloc(sizeof *header);
    struct buffer text = buffer_new(LAB_MESSAGE_OCTETS), field = buffer_new(LAB_MESSAGE_OCTETS);
    must(header != NULL, "out of memory");
    split(buffer_slice(message), header);
    for (unsigned i = first; i <= last; i++)
        for (size_t k = 0; k < 3; k++)
            for (size_t f = 0; f < header->n; f++)
                if (is_of_set(header->fields[f], names[k], i))
                    add_canonical(&text, header->fields[f], CANON_RELAXED);
    buffer_printf(&field, "ARC-Seal: %s", tags);
    finish(lab, key, &text, &field, CANON_RELAXED, message);
    buffer_free(&text);
    buffer_free(&field);
    free(header);
}

void forge_set(const struct lab *lab, unsigned i, const char *cv, unsigned first,
               const char *domain, struct buffer *message)
{
    char text[TAGS_MOST];
    snprintf(text, sizeof text, "ARC-Authentication-Results: i=%u; %s; none\r\n", i, domain);
    put_on_top(message, slice_str(text));
    snprintf(text, sizeof text,
             "i=%u; a=rsa-sha256; c=relaxed/relaxed; d=%s; s=rsa; h=from:subject; bh=@; b=", i,
             domain);
    forge_signature(lab, LAB_RSA, "ARC-Message-Signature", text, message);
    snprintf(text, sizeof text, "i=%u; a=rsa-sha256; cv=%s; d=%s; s=rsa; b=", i, cv, domain);
    forge_seal(lab, LAB_RSA, text, first, i, message);
}
