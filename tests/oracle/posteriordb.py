#!/usr/bin/env python3
"""Writes tests/long/data/posteriordb.h and posteriordb_reference.h: data of eight posteriors, and what
is known of them.

    python3 tests/oracle/posteriordb.py FOLDER data > tests/long/data/posteriordb.h
    python3 tests/oracle/posteriordb.py FOLDER reference > tests/long/data/posteriordb_reference.h

FOLDER has the data files of stan-dev/posteriordb (posterior_database/data/data/*.json), and
summary.tsv: of each parameter of the reference draws mean, standard deviation, 5, 50 and 95 %
quantiles and ESS.
"""
import csv
import json
import os
import sys

# The arrays and numbers that the models read, by file.
WANTED = {
    "low_dim_gauss_mix": ["y"],
    "hmm_example": ["y"],
    "eight_schools": ["y", "sigma"],
    "arK": ["y"],
    "kilpisjarvi_mod": ["pmualpha", "psalpha", "pmubeta", "psbeta", "x", "y"],
    "mesquite": ["weight", "diam1", "diam2", "canopy_height"],
    "sblri": ["X", "y"],
    "gp_pois_regr": ["x", "y"],
}

TITLES = {
    "data": " * Made by tests/oracle/posteriordb.py: data of eight posteriors of stan-dev/posteriordb.",
    "reference": """ * Made by tests/oracle/posteriordb.py: figures of the reference draws of eight posteriors of
 * stan-dev/posteriordb (Stan, 10 chains of 1,000 draws).""",
}

LICENCE = """ *
 * posteriordb is under the BSD 3-Clause License:
 *
 * Copyright (c) 2011-2024 Stan Developers and their Assignees
 * All rights reserved.
 *
 * Redistribution and use in source and binary forms, with or without modification, are permitted
 * provided that the following conditions are met:
 *
 * 1. Redistributions of source code must retain the above copyright notice, this list of conditions
 *    and the following disclaimer.
 * 2. Redistributions in binary form must reproduce the above copyright notice, this list of
 *    conditions and the following disclaimer in the documentation and/or other materials provided
 *    with the distribution.
 * 3. Neither the name of the copyright holder nor the names of its contributors may be used to
 *    endorse or promote products derived from this software without specific prior written
 *    permission.
 *
 * THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR
 * IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND
 * FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR
 * CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
 * DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE,
 * DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER
 * IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT
 * OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
 */
/* clang-format off */
"""

REFERENCE = """
/* A parameter of a posterior, and what its reference draws say of it. */
typedef struct posteriordb_reference {
    const char *posterior, *parameter;
    double mean, sd, quantile[3] /* 5, 50 and 95 % */, ess;
} posteriordb_reference;

static const posteriordb_reference POSTERIORDB_REFERENCE[] = {"""


def flat(values):
    for value in values:
        if isinstance(value, list):
            yield from flat(value)
        else:
            yield value


def write_array(name, values):
    print("static const double %s[%d] = {" % (name, len(values)))
    line = "   "
    for value in values:
        word = " %r," % float(value)
        if len(line) + len(word) > 100:
            print(line)
            line = "   "
        line += word
    print(line + "\n};")


def write_data(folder, file, fields):
    with open(os.path.join(folder, file + ".json")) as stream:
        data = json.load(stream)
    print("\n/* %s */" % file)
    for field in fields:
        name, value = ("%s_%s" % (file, field)).upper(), data[field]
        if isinstance(value, list):
            write_array(name, list(flat(value)))
        else:
            print("static const double %s = %r;" % (name, float(value)))


def write_reference(folder):
    print(REFERENCE)
    with open(os.path.join(folder, "summary.tsv")) as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            print('    { "%s", "%s", %s, %s, { %s, %s, %s }, %s },' % (
                row["posterior"], row["param"], row["mean"], row["sd"], row["q5"], row["q50"],
                row["q95"], row["ess"]))
    print("};")


folder, which = sys.argv[1:]
print("/*\n%s\n%s" % (TITLES[which], LICENCE), end="")
if which == "reference":
    write_reference(folder)
for file, fields in WANTED.items() if which == "data" else ():
    write_data(folder, file, fields)
