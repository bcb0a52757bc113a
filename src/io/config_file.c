#include "io/config_file.h"

#include "base/text_error.h"
#include "io/file.h"

#include <errno.h>

enum waybill_status config_file_read(const struct config *config, const char *key,
                                     const struct config_value *path, struct buffer *out,
                                     struct config_error *error)
{
    enum file_problem problem = file_read(path->text, out);
    struct waybill_text_error *text = &error->text;
    error->file = config->file;
    switch (problem) {
    case FILE_FINE:
        return WAYBILL_OK;
    case FILE_NOMEM:
        return WAYBILL_NOMEM;
    case FILE_MISSING:
        return text_error(text, path->line,
                          "%s: there is no file %s: write it or correct "
                          "the name",
                          key, path->text);
    case FILE_DIRECTORY:
        return text_error(text, path->line, "%s: %s is a directory: name a file", key, path->text);
    case FILE_TOO_LARGE:
        return text_error(text, path->line,
                          "%s: %s has over %zu octets: name the right "
                          "file",
                          key, path->text, out->ceiling);
    default:
        return text_error(text, path->line, "%s: %s cannot be read (%s): let this user read it",
                          key, path->text, strerror(errno));
    }
}
