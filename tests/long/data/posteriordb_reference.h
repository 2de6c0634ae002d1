/*
 * Made by tests/oracle/posteriordb.py: figures of the reference draws of eight posteriors of
 * stan-dev/posteriordb (Stan, 10 chains of 1,000 draws).
 *
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

/* A parameter of a posterior, and what its reference draws say of it. */
typedef struct posteriordb_reference {
    const char *posterior, *parameter;
    double mean, sd, quantile[3] /* 5, 50 and 95 % */, ess;
} posteriordb_reference;

static const posteriordb_reference POSTERIORDB_REFERENCE[] = {
    { "low_dim_gauss_mix-low_dim_gauss_mix", "mu[1]", -2.73351447, 0.0420450033, { -2.80194847, -2.73410057, -2.66410876 }, 10000 },
    { "low_dim_gauss_mix-low_dim_gauss_mix", "mu[2]", 2.86983189, 0.054603328, { 2.77942364, 2.86985647, 2.95924099 }, 9584 },
    { "low_dim_gauss_mix-low_dim_gauss_mix", "sigma[1]", 1.02807388, 0.0314374569, { 0.978036928, 1.02727633, 1.08076764 }, 10000 },
    { "low_dim_gauss_mix-low_dim_gauss_mix", "sigma[2]", 1.02382154, 0.0404839737, { 0.959601246, 1.02220419, 1.0919653 }, 9635 },
    { "low_dim_gauss_mix-low_dim_gauss_mix", "theta", 0.621549344, 0.0154810232, { 0.59601867, 0.621651947, 0.646795435 }, 9919 },
    { "hmm_example-hmm_example", "theta1[1]", 0.666645206, 0.101230635, { 0.490387471, 0.673455435, 0.822588607 }, 10000 },
    { "hmm_example-hmm_example", "theta1[2]", 0.333354794, 0.101230635, { 0.177411393, 0.326544565, 0.509612529 }, 10000 },
    { "hmm_example-hmm_example", "theta2[1]", 0.073132588, 0.0284424966, { 0.0329331778, 0.0696805048, 0.125140006 }, 10000 },
    { "hmm_example-hmm_example", "theta2[2]", 0.926867412, 0.0284424966, { 0.874859994, 0.930319495, 0.967066822 }, 10000 },
    { "hmm_example-hmm_example", "mu[1]", 3.02151677, 0.224452885, { 2.65496193, 3.02103708, 3.39316757 }, 10000 },
    { "hmm_example-hmm_example", "mu[2]", 8.82728187, 0.11057826, { 8.64614505, 8.82779561, 9.00995174 }, 9733 },
    { "eight_schools-eight_schools_noncentered", "theta[1]", 6.15050229, 5.61586342, { -1.68068749, 5.58901145, 16.3293622 }, 10000 },
    { "eight_schools-eight_schools_noncentered", "theta[2]", 4.93958114, 4.64557811, { -2.21803537, 4.77291569, 12.8167839 }, 10000 },
    { "eight_schools-eight_schools_noncentered", "theta[3]", 3.90590609, 5.28071195, { -4.91431828, 4.10538443, 11.844479 }, 9652 },
    { "eight_schools-eight_schools_noncentered", "theta[4]", 4.79601675, 4.77093802, { -2.67028169, 4.6952556, 12.639045 }, 10000 },
    { "eight_schools-eight_schools_noncentered", "theta[5]", 3.61443632, 4.61472069, { -4.26465361, 3.82042978, 10.6026804 }, 10000 },
    { "eight_schools-eight_schools_noncentered", "theta[6]", 4.05114758, 4.7962484, { -3.8652208, 4.16181701, 11.5160829 }, 10000 },
    { "eight_schools-eight_schools_noncentered", "theta[7]", 6.31716976, 5.0028554, { -0.854667876, 5.7950027, 15.3053562 }, 10000 },
    { "eight_schools-eight_schools_noncentered", "theta[8]", 4.88399694, 5.31769206, { -3.31723452, 4.78526945, 13.5495907 }, 10000 },
    { "eight_schools-eight_schools_noncentered", "mu", 4.41051834, 3.30929648, { -0.936176506, 4.36389479, 9.83207318 }, 10000 },
    { "eight_schools-eight_schools_noncentered", "tau", 3.60205952, 3.19847767, { 0.256663794, 2.74702137, 9.73220887 }, 10000 },
    { "arK-arK", "alpha", -0.000718650251, 0.0107082176, { -0.0182123005, -0.000793372926, 0.0169495811 }, 10000 },
    { "arK-arK", "beta[1]", 0.69216328, 0.0705509226, { 0.576011962, 0.691619751, 0.80717878 }, 10000 },
    { "arK-arK", "beta[2]", 0.43904308, 0.0873097634, { 0.294841013, 0.43881895, 0.580702713 }, 9010 },
    { "arK-arK", "beta[3]", 0.105816025, 0.0930825587, { -0.0443379467, 0.103954297, 0.262810612 }, 10000 },
    { "arK-arK", "beta[4]", -0.0354350382, 0.0860418132, { -0.175651645, -0.0352358185, 0.108102047 }, 10000 },
    { "arK-arK", "beta[5]", -0.301512066, 0.0698831366, { -0.416582764, -0.300564837, -0.185969186 }, 9699 },
    { "arK-arK", "sigma", 0.150566659, 0.00777471553, { 0.138309448, 0.150246947, 0.164092677 }, 9169 },
    { "kilpisjarvi_mod-kilpisjarvi", "alpha", -60.7122808, 29.9646674, { -109.287738, -60.5399866, -10.7037401 }, 9468 },
    { "kilpisjarvi_mod-kilpisjarvi", "beta", 0.017583626, 0.00752421349, { 0.00502620789, 0.0175361071, 0.0297723207 }, 9471 },
    { "kilpisjarvi_mod-kilpisjarvi", "sigma", 1.13166693, 0.107819126, { 0.968332039, 1.12290041, 1.32196089 }, 10000 },
    { "mesquite-logmesquite_logvolume", "beta[1]", 5.17084758, 0.0864216841, { 5.02927043, 5.17075527, 5.31172018 }, 9654 },
    { "mesquite-logmesquite_logvolume", "beta[2]", 0.722008519, 0.0561992269, { 0.62921955, 0.722907617, 0.813855855 }, 10000 },
    { "mesquite-logmesquite_logvolume", "sigma", 0.426670306, 0.0477878422, { 0.356139258, 0.422591463, 0.511638565 }, 10000 },
    { "sblri-blr", "beta[1]", 0.999466136, 0.000974029944, { 0.997874294, 0.999461147, 1.00107638 }, 10000 },
    { "sblri-blr", "beta[2]", 1.00022859, 0.00115359858, { 0.99833925, 1.00023473, 1.00212836 }, 9852 },
    { "sblri-blr", "beta[3]", 1.00042261, 0.000958130638, { 0.99886055, 1.00041744, 1.00200308 }, 9714 },
    { "sblri-blr", "beta[4]", 1.00114753, 0.00106012807, { 0.999411767, 1.00114457, 1.0028955 }, 10000 },
    { "sblri-blr", "beta[5]", 1.00156254, 0.00104761081, { 0.999846337, 1.00156316, 1.00330566 }, 9935 },
    { "sblri-blr", "sigma", 0.962632527, 0.071182264, { 0.854345464, 0.958193578, 1.08687698 }, 10000 },
    { "gp_pois_regr-gp_regr", "rho", 6.87434818, 1.26575583, { 4.94452717, 6.8070644, 9.0427103 }, 9704 },
    { "gp_pois_regr-gp_regr", "alpha", 2.44239984, 0.781832669, { 1.38590565, 2.3253597, 3.91735448 }, 10000 },
    { "gp_pois_regr-gp_regr", "sigma", 1.82873107, 0.50501614, { 1.11442099, 1.77644564, 2.74947431 }, 10000 },
};
