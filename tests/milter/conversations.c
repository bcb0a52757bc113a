/*
 * Plays every script of a folder, with its stream whole, in pieces of every small size, and cut in
 * two at every place.
 */
#include "milter/script.h"
#include "support/support.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SCRIPTS = 64, PATH = 4096 };

static char paths[SCRIPTS][PATH];
static size_t n_paths;

static void find_scripts(const char *folder)
{
    DIR *dir = opendir(folder);
    must(dir != NULL, "%s: no such folder", folder);
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (!slice_iends(slice_str(e->d_name), SLICE(".script")))
            continue;
        must(n_paths < SCRIPTS, "more than %d scripts", SCRIPTS);
        snprintf(paths[n_paths++], PATH, "%s/%s", folder, e->d_name);
    }
    closedir(dir);
    must(n_paths > 0, "%s: no scripts", folder);
}

static void play(const struct script *script, size_t first, size_t piece)
{
    const char *why = script_play(script, first, piece);
    if (why)
        fail_msg("in pieces of %zu and %zu: %s", first, piece, why);
}

static void play_whole(const struct script *script)
{
    play(script, SIZE_MAX, SIZE_MAX);
}

/* Long streams are cut into longer pieces, and at some places only. */
static void play_in_pieces(const struct script *script)
{
    size_t times = 1 + script->stream.n / 4096;
    for (size_t piece = 1; piece < 24; piece++)
        play(script, piece * times, piece * times);
}

static void play_cut_in_two(const struct script *script)
{
    size_t stride = 1 + script->stream.n / 1024;
    for (size_t cut = 1; cut < script->stream.n; cut += stride)
        play(script, cut, SIZE_MAX);
}

static void each_script(void (*how)(const struct script *script))
{
    for (size_t i = 0; i < n_paths; i++) {
        struct script script;
        for (size_t n = 0; script_read(&script, paths[i], n); n++) {
            how(&script);
            script_free(&script);
        }
    }
}

static void scripts_hold_whole(void **state)
{
    (void)state;
    each_script(play_whole);
}

static void scripts_hold_in_pieces(void **state)
{
    (void)state;
    each_script(play_in_pieces);
}

static void scripts_hold_cut_in_two(void **state)
{
    (void)state;
    each_script(play_cut_in_two);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scripts_hold_whole),
        cmocka_unit_test(scripts_hold_in_pieces),
        cmocka_unit_test(scripts_hold_cut_in_two),
    };
    must(argc == 2, "which folder?");
    find_scripts(argv[1]);
    return cmocka_run_group_tests_name("milter_conversations", tests, NULL, NULL);
}
