#include "cli/heading.h"

#include "base/limits.h"
#include "mail/encoded_word.h"

enum { TEXT_COLUMN = 2 + 9 };

static void write_field(struct page *page, struct waybill_message *message, const char *name)
{
    const struct field *f = header_first(message_header(message), slice_str(name));
    struct buffer text = buffer_new(LIMIT_HEADER_OCTETS);
    if (!f)
        return;
    encoded_word_show(&text, slice_sub(f->value, 0, LIMIT_LINE_OCTETS));
    page->left[0] = slice_str(name);
    page->left_tone[0] = TONE_DIM;
    page->indent = TEXT_COLUMN;
    page_start(page);
    page_words(page, TONE_STRONG, slice_sub(buffer_slice(&text), 0, LIMIT_SHOWN_OCTETS));
    page_end(page);
    if (text.status == WAYBILL_NOMEM)
        page->out->status = WAYBILL_NOMEM;
    buffer_free(&text);
}

void heading_write(struct page *page, struct waybill_message *message)
{
    page_end(page);
    write_field(page, message, "Subject");
    write_field(page, message, "From");
    page_end(page);
}
