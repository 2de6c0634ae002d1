#include "tape/op_list.h"

const wick_op *const wicki_ops[] = {
#define ADDRESS(name) &wicki_op_##name,
    WICKI_OP_LIST(ADDRESS)
#undef ADDRESS
};

const size_t wicki_n_ops = sizeof wicki_ops / sizeof *wicki_ops;
