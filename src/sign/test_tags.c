#include "sign/tags.h"

#include "base/limits.h"
#include "mail/taglist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { COLUMNS_MOST = 78, OCTETS_MOST = 4096 };

#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

static void assert_text(struct buffer *b, const char *should)
{
    buffer_add_octet(b, 0);
    assert_int_equal(b->status, WAYBILL_OK);
    assert_string_equal((const char *)b->p, should);
    buffer_free(b);
}

static void one_line(void **state)
{
    (void)state;
    struct buffer b = buffer_new(OCTETS_MOST);
    struct tags_writer w = tags_begin(&b, SLICE("ARC-Seal"), false);
    size_t cut;
    tags_add(&w, "v", SLICE("1"));
    tags_add_number(&w, "t", UINT64_MAX);
    tags_add_base64(&w, "bh", SLICE("abc"), NULL);
    tags_add_base64(&w, "b", (struct slice){NULL, 0}, &cut);
    assert_int_equal(cut, b.n);
    assert_text(&b, "v=1; t=18446744073709551615; bh=YWJj; b=");
}

/* A tag that does not fit goes to the next line; one that fits nowhere stands alone. */
static void folds_between_tags(void **state)
{
    (void)state;
    struct buffer b = buffer_new(OCTETS_MOST);
    struct tags_writer w = tags_begin(&b, SLICE("DKIM-Signature"), false);
    tags_add(&w, "v", SLICE("1"));
    tags_add(&w, "d", SLICE(SIXTY));
    tags_add(&w, "s", SLICE("x"));
    tags_add(&w, "i", SLICE(SIXTY TEN TEN));
    tags_add(&w, "t", SLICE("2"));
    assert_text(&b, "v=1;\r\n d=" SIXTY "; s=x;\r\n i=" SIXTY TEN TEN ";\r\n t=2");
}

static void lists(void **state)
{
    (void)state;
    struct buffer b = buffer_new(OCTETS_MOST);
    struct tags_writer w = tags_begin(&b, SLICE("DKIM-Signature"), false);
    tags_add(&w, "v", SLICE("1"));
    tags_add_list(&w, "h", SLICE("from:to:" SIXTY ":x:" SIXTY TEN TEN ":y"));
    assert_text(&b, "v=1;\r\n h=from:to:" SIXTY ":x:\r\n " SIXTY TEN TEN ":\r\n y");
}

static void base64_is_cut_at_the_column(void **state)
{
    (void)state;
    uint8_t octets[100] = {0};
    struct buffer b = buffer_new(OCTETS_MOST);
    struct tags_writer w = tags_begin(&b, SLICE("DKIM-Signature"), false);
    size_t cut;
    tags_add(&w, "v", SLICE("1"));
    tags_add_base64(&w, "b", slice_of(octets, sizeof octets), &cut);
    assert_int_equal(cut, strlen("v=1; b="));
    assert_int_equal(slice_find(buffer_slice(&b), '\r', 0),
                     COLUMNS_MOST - 2 - strlen("DKIM-Signature: "));
    struct slice second = slice_from(buffer_slice(&b), slice_find(buffer_slice(&b), '\n', 0) + 1);
    assert_int_equal(slice_find(second, '\r', 0), COLUMNS_MOST - 2);
    buffer_free(&b);
}

/* For ARC: a value is broken only where SMTP would refuse its line. */
static void unbroken(void **state)
{
    (void)state;
    uint8_t octets[800] = {0};
    struct buffer b = buffer_new(OCTETS_MOST);
    struct tags_writer w = tags_begin(&b, SLICE("ARC-Seal"), true);
    tags_add(&w, "a", SLICE("x"));
    tags_add_base64(&w, "b", slice_of(octets, 30), NULL);
    tags_add_list(&w, "h", SLICE(SIXTY ":" SIXTY ":y"));
    tags_add_number(&w, "i", 1);
    assert_text(&b, "a=x; b=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA;\r\n h=" SIXTY ":" SIXTY
                    ":y;\r\n i=1");
    b = buffer_new(OCTETS_MOST);
    w = tags_begin(&b, SLICE("ARC-Seal"), true);
    tags_add(&w, "a", SLICE("x"));
    tags_add_base64(&w, "b", slice_of(octets, sizeof octets), NULL);
    size_t first = slice_find(buffer_slice(&b), '\r', 0);
    size_t second = slice_find(buffer_slice(&b), '\r', first + 1);
    assert_int_equal(first, strlen("a=x;"));
    assert_int_equal(second - first, strlen("\r\n") + 900);
    buffer_free(&b);
}

static size_t longest_line(const char *name, const struct buffer *b)
{
    size_t column = strlen(name) + 2, longest = 0;
    for (size_t i = 0; i < b->n; i++) {
        column = b->p[i] == '\n' ? 0 : column + (b->p[i] != '\r');
        longest = column > longest ? column : longest;
    }
    return longest;
}

/* Of any tags: a tag list again, and no line too long for want of a fold. */
static void any_tags(void **state)
{
    (void)state;
    static const char name[] = "ARC-Message-Signature";
    static const uint8_t octets[1000];
    for (size_t n = 1; n < 2 * sizeof octets; n++) {
        bool whole = n % 2;
        struct buffer b = buffer_new(OCTETS_MOST);
        struct arena arena = arena_new();
        struct taglist list;
        struct tags_writer w = tags_begin(&b, SLICE(name), whole);
        tags_add(&w, "a", slice_of(SIXTY, n % 50 + 1));
        tags_add_base64(&w, "bh", slice_of(octets, n % 80 + 1), NULL);
        tags_add_list(&w, "h", SLICE("from:from:to:list-unsubscribe-post:subject"));
        tags_add_base64(&w, "b", slice_of(octets, n / 2), NULL);
        assert_int_equal(taglist_parse(&arena, buffer_slice(&b), &list), WAYBILL_OK);
        assert_int_equal(list.n, 4);
        size_t longest = longest_line(name, &b);
        if (longest > (whole ? LIMIT_LINE_OCTETS : COLUMNS_MOST))
            fail_msg("%zu: a line of %zu columns", n, longest);
        arena_free(&arena);
        buffer_free(&b);
    }
}

static void ceiling(void **state)
{
    (void)state;
    struct buffer b = buffer_new(10);
    struct tags_writer w = tags_begin(&b, SLICE("X"), false);
    tags_add(&w, "a", SLICE(TEN));
    tags_add_base64(&w, "b", SLICE(TEN), NULL);
    assert_int_equal(b.status, WAYBILL_LIMIT);
    buffer_free(&b);
}

/* A value of pieces: folds stand where one may, inside base64, and so that what has to follow it
 * on its line fits. */
static void pieces(void **state)
{
    (void)state;
    struct buffer b = buffer_new(OCTETS_MOST);
    struct tags_writer w = tags_begin(&b, SLICE("DKIM2-Signature"), false);
    tags_add(&w, "i", SLICE("1"));
    tags_open(&w, "s", 10);
    tags_piece(&w, SLICE("x:" SIXTY ":"));
    tags_may_fold(&w, 24);
    tags_piece_base64(&w, SLICE(SIXTY), 1);
    tags_piece(&w, SLICE(","));
    tags_may_fold(&w, 3);
    tags_piece_base64(&w, SLICE("abc"), 1);
    tags_end(&w);
    assert_text(&b,
                "i=1; s=x:" SIXTY ":\r\n "
                "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU\r\n "
                "2Nzg5,YWJj;");
}

/* What is behind the last unit of base64 would be beyond the column: the unit goes with it. */
static void room_behind_base64(void **state)
{
    (void)state;
    struct buffer b = buffer_new(OCTETS_MOST);
    struct tags_writer w = tags_begin(&b, SLICE("A"), false);
    tags_open(&w, "s", 10);
    tags_piece_base64(&w, SLICE("0123456789012345678901234567890123456789012345678"), 12);
    tags_piece(&w, SLICE(",a-selector:"));
    tags_end(&w);
    assert_text(&b, "s=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3\r\n "
                    "OA==,a-selector:;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces),   cmocka_unit_test(room_behind_base64),
        cmocka_unit_test(one_line), cmocka_unit_test(folds_between_tags),
        cmocka_unit_test(lists),    cmocka_unit_test(base64_is_cut_at_the_column),
        cmocka_unit_test(unbroken), cmocka_unit_test(any_tags),
        cmocka_unit_test(ceiling),
    };
    return cmocka_run_group_tests_name("tags", tests, NULL, NULL);
}
