#!/usr/bin/env python3
"""NPY files as NumPy writes them, for tests/io/check_npy.c.

    python3 tests/oracle/npy.py > tests/data/npy.h         needs numpy (made with 2.4.6)
"""
import io

import numpy as np

A = np.array([[1.5, -2.25, 3e300], [0.1, -0.0, 5e-324]])
S = np.array([[1.5, -0.1], [3e38, 1e-45]], dtype="f4")
I8 = [-(2**63), 2**53 + 1, -7]
U8 = [2**64 - 1, 2**63, 7]
FILES = [
    ("f8", A),
    ("f8_fortran", np.asfortranarray(A)),
    ("f8_big", A.astype(">f8")),
    ("f8_format_2", A[:1, :2], (2, 0)),
    ("f8_format_3", A[:1, :2], (3, 0)),
    ("f8_no_rows", np.zeros((0, 3))),
    ("f8_nan", np.array([[1.5, 2.5], [3.5, np.nan]])),
    ("f4", S),
    ("f4_big_fortran", np.asfortranarray(S.astype(">f4"))),
    ("b1", np.array([True, False, True])),
    ("i1", np.array([-128, 127, -5], dtype="i1")),
    ("u1", np.array([0, 255, 7], dtype="u1")),
    ("i2", np.array([-32768, 513], dtype="<i2")),
    ("i2_big", np.array([-32768, 513], dtype=">i2")),
    ("u2", np.array([65535, 513], dtype="<u2")),
    ("u2_big", np.array([65535, 513], dtype=">u2")),
    ("i4", np.array([-(2**31), 66051], dtype="<i4")),
    ("i4_big", np.array([-(2**31), 66051], dtype=">i4")),
    ("u4", np.array([2**32 - 1, 66051], dtype="<u4")),
    ("u4_big", np.array([2**32 - 1, 66051], dtype=">u4")),
    ("i8", np.array(I8, dtype="<i8")),
    ("i8_big", np.array(I8, dtype=">i8")),
    ("u8", np.array(U8, dtype="<u8")),
    ("u8_big", np.array(U8, dtype=">u8")),
    ("object", np.array([None, 1], dtype=object)),
    ("complex", np.array([1j])),
    ("text", np.array(["ab"])),
    ("half", np.array([1.5], dtype="f2")),
    ("records", np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])),
    ("axes_0", np.array(3.5)),
    ("axes_3", np.zeros((1, 2, 1))),
    ("no_columns", np.zeros((2, 0))),
]


def octal(data):
    """A C string: bytes that are no plain characters in octal, with all three digits."""
    plain = [c for c in range(32, 127) if chr(c) not in '"\\?']
    return "".join(chr(c) if c in plain else "\\%03o" % c for c in data)


print("/* NPY files as NumPy writes them. Made by tests/oracle/npy.py. */")
print("#ifndef TESTS_DATA_NPY_H\n#define TESTS_DATA_NPY_H\n\n#include <stddef.h>\n")
print("/* clang-format off */\nstatic const struct npy_file {")
print("    const char *name, *bytes;\n    size_t size;\n} NPY_FILES[] = {")
for name, array, *version in FILES:
    to = io.BytesIO()
    np.lib.format.write_array(to, array, *version)
    data = to.getvalue()
    print('    { "%s",' % name)
    for i in range(0, len(data), 64):
        print('        "%s"' % octal(data[i : i + 64]) + ("," if i + 64 >= len(data) else ""))
    print("        %d }," % len(data))
print("};\n/* clang-format on */\n\n#endif")
