#include "support/group.h"

struct lab lab;

int lab_set_up(void **state)
{
    (void)state;
    lab = lab_new();
    return 0;
}

int lab_tear_down(void **state)
{
    (void)state;
    lab_free(&lab);
    return 0;
}
