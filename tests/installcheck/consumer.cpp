// The same program in C++17: operands convert, wick_scope closes the plate.
#include <cmath>
#include <cstdio>

#include <wick/extend.h>
#include <wick/wick.h>

static constexpr std::size_t N = 3;

static void model(wick *w, void *arg)
{
    const double *x = static_cast<const double *>(arg);
    wick_var mean = wick_sample(w, "mean", wick_normal(0.0, 1.0));
    wick_plate_options plate{};

    plate.name = "data";
    plate.size = N;
    wick_scope data(w, plate);
    wick_observe(w, "x", wick_normal(wick_mul(mean, 1), 1.0), wick_data_array(w, x, N, 0, nullptr));
}

int main()
{
    double x[N] = { 1.5, 2.25, 0.75 }, mean = 0.0;
    wick *w = wick_new(nullptr);
    const wick_program normal{ model, x };
    wick_guide *guide = wick_auto_delta_new(w, normal, nullptr);
    wick_adam_options adam = wick_adam_options_default();
    adam.lr = 0.1;
    wick_svi_options options{};
    options.optim = wick_adam_with(adam);
    wick_svi *svi = wick_svi_new(w, normal, wick_guide_program(guide), &options);

    for (int i = 0; i < 300; i++)
        wick_svi_step(svi);
    wick_guide_get(guide, "mean", &mean, 1);
    std::printf("wick %s: mean %.3f, %s\n", wick_version(), mean, wick_message(w));
    const bool failed = wick_status(w) != WICK_OK || std::fabs(mean - 4.5 / 4.0) > 1e-3;
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
    return failed;
}
