/*
 * config_pages manual|example: what waybill.conf(5) says of the keys, and examples/waybill.conf,
 * from the table the reader goes by. The test config-pages compares; to take over a change:
 *
 *     build/src/io/config_pages example > examples/waybill.conf
 */
#include "base/buffer.h"
#include "base/cursor.h"
#include "io/config_keys.h"
#include "io/file.h"

#include <unistd.h>

enum { COLUMNS = 78, PAGE_OCTETS = 1 << 20 };

/* --- sentences ---------------------------------------------------------------------------------
 */

static bool is_in_word(uint8_t c)
{
    return c != ' ';
}

/* Words in lines that begin with `before`. In the manual each sentence has lines of its own. */
static void add_words(struct buffer *out, const char *before, const char *words, bool by_sentence)
{
    struct cursor c = cursor_new(slice_str(words));
    size_t column = 0;
    bool ended = false;
    while (!cursor_done(&c)) {
        struct slice word = cursor_while(&c, is_in_word);
        if (column && (column + 1 + word.n > COLUMNS || (ended && by_sentence))) {
            buffer_add_octet(out, '\n');
            column = 0;
        }
        buffer_add_str(out, column ? " " : before);
        column = (column ? column + 1 : strlen(before)) + word.n;
        buffer_add(out, word);
        ended = word.p[word.n - 1] == '.';
        cursor_accept(&c, ' ');
    }
    buffer_add_octet(out, '\n');
}

static void add_presets(struct buffer *out, const struct config_key *key)
{
    const char *before = " Only with preset = ";
    for (size_t i = 0; config_presets[i] && key->presets; i++) {
        if (key->presets >> i & 1) {
            buffer_printf(out, "%s%s", before, config_presets[i]);
            before = " or ";
        }
    }
    if (key->presets)
        buffer_add_octet(out, '.');
}

/* What is true of every key of its type. */
static void add_facts(struct buffer *out, const struct config_key *key)
{
    if (key->type == CONFIG_NUMBER)
        buffer_printf(out, " From %u to %u.", key->least, key->most);
    if (key->type == CONFIG_CHOICE && key->is_list)
        for (size_t i = 0; key->choices[i]; i++)
            buffer_printf(out, "%s%s%s", i ? ", " : " Of ", key->choices[i],
                          key->choices[i + 1] ? "" : ".");
    add_presets(out, key);
    if (key->required)
        buffer_printf(out, " Every %s has it.",
                      key->presets ? "such listener" : config_sections[key->place].name);
    if (key->fallback)
        buffer_printf(out, " Without it, %s.", key->fallback);
}

static void add_meaning(struct buffer *out, const char *before, const struct config_key *key,
                        bool by_sentence)
{
    struct buffer all = buffer_new(4096);
    buffer_add_str(&all, key->meaning);
    add_facts(&all, key);
    buffer_add_octet(&all, '\0');
    add_words(out, before, (const char *)all.p, by_sentence);
    buffer_free(&all);
}

/* --- the manual --------------------------------------------------------------------------------
 */

static void add_choices(struct buffer *out, const struct config_key *key)
{
    for (size_t i = 0; key->choices[i]; i++)
        buffer_printf(out, "%s %s", i ? " |" : " Cm", key->choices[i]);
}

static void add_item(struct buffer *out, const struct config_key *key)
{
    buffer_printf(out, ".It Ic %s No =", key->name);
    if (key->is_list)
        buffer_printf(out, " No { Ar %s , No ... No }", key->value);
    else if (key->type == CONFIG_CHOICE)
        add_choices(out, key);
    else
        buffer_printf(out, " Ar %s", key->value);
    buffer_add_octet(out, '\n');
    add_meaning(out, "", key, true);
}

static void add_list(struct buffer *out, enum config_place place)
{
    buffer_add_str(out, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        if (config_keys[i].place == place)
            add_item(out, &config_keys[i]);
    }
    buffer_add_str(out, ".El\n");
}

static void add_manual(struct buffer *out)
{
    buffer_add_str(out, ".Sh KEYS\n");
    add_list(out, CONFIG_TOP);
    for (unsigned place = CONFIG_TOP + 1; place < CONFIG_PLACES; place++) {
        buffer_printf(out, ".Ss %s \\(dqNAME\\(dq { ... }\n", config_sections[place].name);
        add_words(out, "", config_sections[place].meaning, true);
        add_list(out, (enum config_place)place);
    }
}

/* --- the example -------------------------------------------------------------------------------
 */

static void add_examples(struct buffer *out, enum config_place place)
{
    bool inside = place != CONFIG_TOP;
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        const struct config_key *key = &config_keys[i];
        if (key->place != place)
            continue;
        buffer_add_octet(out, '\n');
        add_meaning(out, inside ? "    # " : "# ", key, false);
        buffer_printf(out, "%s#%s = %s\n", inside ? "    " : "", key->name, key->example);
    }
}

static void add_example(struct buffer *out)
{
    buffer_add_str(out,
                   "# waybill.conf: what waybill.conf(5) explains, with nothing set. A '#' right\n"
                   "# before a key makes a comment of it: take it away to set the key.\n");
    add_examples(out, CONFIG_TOP);
    for (unsigned place = CONFIG_TOP + 1; place < CONFIG_PLACES; place++) {
        const struct config_section *section = &config_sections[place];
        buffer_printf(out, "\n# %s\n#%s \"%s\" {\n", section->heading, section->name,
                      section->example);
        add_examples(out, (enum config_place)place);
        buffer_add_str(out, "#}\n");
    }
}

int main(int argc, char **argv)
{
    struct buffer out = buffer_new(PAGE_OCTETS);
    if (argc == 2 && strcmp(argv[1], "manual") == 0)
        add_manual(&out);
    else if (argc == 2 && strcmp(argv[1], "example") == 0)
        add_example(&out);
    bool done =
        out.n > 0 && out.status == WAYBILL_OK && file_write_all(STDOUT_FILENO, buffer_slice(&out));
    buffer_free(&out);
    return done ? 0 : 1;
}
