#include "failing.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdlib.h>

struct failing failing;
struct blocks blocks;

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);

static bool fails(void)
{
    if (!failing.armed || ++failing.calls < failing.fail_at)
        return false;
    failing.failed = true;
    return failing.calls == failing.fail_at || failing.for_good;
}

static void *give(size_t n, long *count)
{
    void *p = fails() ? NULL : __real_malloc(n ? n : 1);
    *count += p != NULL;
    return p;
}

static void *change(void *p, size_t n, long *count)
{
    void *other = fails() ? NULL : __real_realloc(p, n ? n : 1);
    *count += other && !p;
    return other;
}

static void take(void *p, long *count)
{
    *count -= p != NULL;
    __real_free(p);
}

void *__wrap_malloc(size_t n)
{
    return give(n, &blocks.ours);
}

void *__wrap_calloc(size_t count, size_t n)
{
    void *p = fails() ? NULL : __real_calloc(count, n);
    blocks.ours += p != NULL;
    return p;
}

void *__wrap_realloc(void *p, size_t n)
{
    return change(p, n, &blocks.ours);
}

void __wrap_free(void *p)
{
    take(p, &blocks.ours);
}

static void *libcrypto_malloc(size_t n, const char *file, int line)
{
    (void)file, (void)line;
    return n ? give(n, &blocks.libcrypto) : NULL;
}

static void libcrypto_free(void *p, const char *file, int line)
{
    (void)file, (void)line;
    take(p, &blocks.libcrypto);
}

static void *libcrypto_realloc(void *p, size_t n, const char *file, int line)
{
    if (n == 0) {
        libcrypto_free(p, file, line);
        return NULL;
    }
    return change(p, n, &blocks.libcrypto);
}

static void *jansson_malloc(size_t n)
{
    return give(n, &blocks.jansson);
}

static void jansson_free(void *p)
{
    take(p, &blocks.jansson);
}

bool failing_install(void)
{
    json_set_alloc_funcs(jansson_malloc, jansson_free);
    return CRYPTO_set_mem_functions(libcrypto_malloc, libcrypto_realloc, libcrypto_free) == 1;
}
