#include "support/asked.h"

#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>

static void answer(asked_case *one, void *self, const char *line, size_t n)
{
    json_error_t error;
    json_t *input = json_loadb(line, n, JSON_ALLOW_NUL, &error);
    must(input != NULL, "%s", error.text);
    json_t *output = one(self, input);
    must(output && json_dumpf(output, stdout, JSON_COMPACT) == 0, "no output");
    putchar('\n');
    fflush(stdout);
    json_decref(output);
    json_decref(input);
}

void asked_run(asked_case *one, void *self)
{
    char *line = NULL;
    size_t room = 0;
    for (ssize_t n; (n = getline(&line, &room, stdin)) > 0;)
        answer(one, self, line, (size_t)n);
    free(line);
}

struct waybill_answers *asked_zone(const json_t *input)
{
    struct waybill_text_error error = {0, ""};
    struct waybill_answers *zone = waybill_answers_new(WAYBILL_NXDOMAIN);
    const json_t *text = json_object_get(input, "zone");
    must(zone && json_is_string(text), "no zone");
    must(waybill_answers_read(zone, json_string_value(text), json_string_length(text), &error) ==
             WAYBILL_OK,
         "%s", error.what);
    return zone;
}
