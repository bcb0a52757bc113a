/*
 * tests/support/group.h: one lab for a group of tests.
 */
#ifndef SUPPORT_GROUP_H
#define SUPPORT_GROUP_H

#include "support/support.h"

extern struct lab lab;

/* What cmocka calls before and after the group. */
int lab_set_up(void **state);
int lab_tear_down(void **state);

#endif
