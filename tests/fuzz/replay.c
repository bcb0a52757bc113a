/*
 * Runs a fuzzer's function over every file of the folders given: the corpora, in every test run,
 * with any compiler.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return -1;
    size_t n = 0, capacity = 1 << 16;
    uint8_t *octets = malloc(capacity);
    while (octets) {
        size_t got = fread(octets + n, 1, capacity - n, f);
        n += got;
        if (n < capacity)
            break;
        uint8_t *more = realloc(octets, capacity *= 2);
        if (!more)
            free(octets);
        octets = more;
    }
    fclose(f);
    if (!octets)
        return -1;
    /* Exactly as long as the input, so that the sanitizer sees a read past it. */
    uint8_t *exact = malloc(n ? n : 1);
    if (exact) {
        memcpy(exact, octets, n);
        LLVMFuzzerTestOneInput(exact, n);
    }
    free(exact);
    free(octets);
    return exact ? 0 : -1;
}

int main(int argc, char **argv)
{
    size_t files = 0;
    for (int a = 1; a < argc; a++) {
        DIR *folder = opendir(argv[a]);
        if (!folder) {
            fprintf(stderr, "%s: no such folder\n", argv[a]);
            return 1;
        }
        for (struct dirent *e; (e = readdir(folder)) != NULL;) {
            char path[4096];
            if (e->d_name[0] == '.')
                continue;
            snprintf(path, sizeof path, "%s/%s", argv[a], e->d_name);
            if (replay(path) != 0) {
                fprintf(stderr, "%s: cannot be read\n", path);
                closedir(folder);
                return 1;
            }
            files++;
        }
        closedir(folder);
    }
    printf("%zu inputs\n", files);
    return files ? 0 : 1;
}
