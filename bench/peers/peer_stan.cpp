// Stan Math: gradients of the log-densities that Stan programs for W1, W2 and W4 would have.
#include <stan/math/rev.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <random>
#include <string>
#include <vector>

using stan::math::log_softmax;
using stan::math::log_sum_exp;
template <class T> using vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;
template <class T> using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;

static std::vector<vector<double>> draw_points(std::size_t n, int k, int d, double spread)
{
    std::mt19937_64 random(17);
    std::normal_distribution<double> normal;
    std::vector<vector<double>> locs(k, vector<double>(d)), x(n, vector<double>(d));

    for (auto &loc : locs)
        for (int i = 0; i < d; i++)
            loc(i) = spread * normal(random);
    for (auto &point : x) {
        const auto &loc = locs[random() % k];
        for (int i = 0; i < d; i++)
            point(i) = loc(i) + normal(random);
    }
    return x;
}

// --- the log-densities -----------------------------------------------------------------------------

struct five_points {
    template <class T> T operator()(const vector<T> &u) const
    {
        static const double y[] = { 0.0, 1.0, 10.0, 11.0, 12.0 };
        const vector<T> weights = stan::math::softmax(vector<T>(u.head(2))), locs = u.tail(2);
        const vector<T> log_weights = stan::math::log(weights);
        const T scale = stan::math::exp(u(2));
        T sum = stan::math::dirichlet_lpdf(weights, vector<double>::Constant(2, 0.5).eval());

        sum +=
            stan::math::lognormal_lpdf(scale, 0.0, 2.0) + stan::math::normal_lpdf(locs, 0.0, 10.0);
        for (double point : y) {
            vector<T> part(2);
            for (int k = 0; k < 2; k++)
                part(k) = log_weights(k) + stan::math::normal_lpdf(point, locs(k), scale);
            sum += log_sum_exp(part);
        }
        return sum;
    }
};

// As the Stan user's guide has mixtures.
struct plane {
    std::vector<vector<double>> x = draw_points(1000, 3, 2, 3.0);

    template <class T> T operator()(const vector<T> &u) const
    {
        const vector<T> log_weights = log_softmax(vector<T>(u.head(3)));
        std::vector<vector<T>> mean(3);
        std::vector<matrix<T>> tril(3);
        std::vector<T> terms;

        for (int k = 0; k < 3; k++) {
            mean[k] = u.segment(3 + 2 * k, 2);
            tril[k] = matrix<T>::Zero(2, 2);
            const T first = stan::math::exp(u(9 + 2 * k)), second = stan::math::exp(u(10 + 2 * k));
            tril[k](0, 0) = u(15 + 4 * k) * first;
            tril[k](1, 0) = u(17 + 4 * k) * first;
            tril[k](1, 1) = u(18 + 4 * k) * second;
        }
        for (const auto &point : x) {
            vector<T> part(3);
            for (int k = 0; k < 3; k++)
                part(k) = log_weights(k) +
                    stan::math::multi_normal_cholesky_lpdf(point, mean[k], tril[k]);
            terms.push_back(log_sum_exp(part));
        }
        return stan::math::sum(terms);
    }
};

// The same with the triangular solve written out, which takes fewer nodes.
struct plane_by_hand {
    std::vector<vector<double>> x = draw_points(1000, 3, 2, 3.0);

    template <class T> T operator()(const vector<T> &u) const
    {
        const vector<T> log_weights = log_softmax(vector<T>(u.head(3)));
        vector<T> a(3), b(3), c(3), constant(3), part(3);
        std::vector<T> terms;

        for (int k = 0; k < 3; k++) {
            const T first = stan::math::exp(u(9 + 2 * k)), second = stan::math::exp(u(10 + 2 * k));
            a(k) = 1.0 / (u(15 + 4 * k) * first);
            b(k) = u(17 + 4 * k) * first;
            c(k) = 1.0 / (u(18 + 4 * k) * second);
            constant(k) = log_weights(k) + stan::math::log(a(k) * c(k)) - 1.8378770664093453;
        }
        for (const auto &point : x) {
            for (int k = 0; k < 3; k++) {
                const T zx = (point(0) - u(3 + 2 * k)) * a(k);
                const T zy = (point(1) - u(4 + 2 * k) - b(k) * zx) * c(k);
                part(k) = constant(k) - 0.5 * (zx * zx + zy * zy);
            }
            terms.push_back(log_sum_exp(part));
        }
        return stan::math::sum(terms);
    }
};

struct clusters {
    static constexpr int K = 16, D = 8;
    std::vector<vector<double>> x;

    template <class T> T operator()(const vector<T> &u) const
    {
        const vector<T> log_weights = log_softmax(vector<T>(u.head(K)));
        std::vector<vector<T>> loc(K), scale(K);
        std::vector<T> terms;

        for (int k = 0; k < K; k++) {
            loc[k] = u.segment(K + k * D, D);
            scale[k] = stan::math::exp(vector<T>(u.segment(K + K * D + k * D, D)));
        }
        for (const auto &point : x) {
            vector<T> part(K);
            for (int k = 0; k < K; k++)
                part(k) = log_weights(k) + stan::math::normal_lpdf(point, loc[k], scale[k]);
            terms.push_back(log_sum_exp(part));
        }
        return stan::math::sum(terms);
    }
};

// --- timing ----------------------------------------------------------------------------------------

// Of the processor, in ns: what other programs do does not count.
static double now()
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e9 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec);
}

template <class F> double median_ns(const F &f, const vector<double> &u)
{
    std::vector<double> times;
    vector<double> g;
    double value = 0.0;

    stan::math::gradient(f, u, value, g);
    for (const double end = now() + 5e9;
         times.size() < 3 || (now() < end && times.size() < 100001);) {
        const double start = now();
        stan::math::gradient(f, u, value, g);
        times.push_back(now() - start);
    }
    std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
    return times[times.size() / 2];
}

template <class F>
void measure(
    const char *workload, const char *variant, const F &f, const vector<double> &u, double factor)
{
    const double ns = factor * median_ns(f, u);
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    std::cout.precision(1);
    std::cout << workload << '\t' << variant << '\t' << std::fixed << ns << '\t' << usage.ru_maxrss
              << std::endl;
}

static vector<double> plane_start()
{
    vector<double> u = vector<double>::Zero(27);

    for (int k = 0; k < 3; k++) {
        u(3 + 2 * k) = 1.0 + k;
        u(4 + 2 * k) = 2.0 - k;
        u(15 + 4 * k) = u(18 + 4 * k) = 1.0;
        u(17 + 4 * k) = 0.1;
    }
    return u;
}

static void run_clusters()
{
    const std::size_t few = 100000; // a million points would take 6 GB and more
    const char *points = std::getenv("WICK_POINTS");
    const double wanted = points ? std::atof(points) : 1e6;
    const std::size_t n = std::min(few, static_cast<std::size_t>(wanted));
    const clusters f = { draw_points(n, clusters::K, clusters::D, 4.0) };
    vector<double> u = vector<double>::Zero(16 + 2 * 128);

    for (int i = 0; i < 128; i++)
        u(16 + i) = f.x[i / 8 * (n / 16)](i % 8);
    std::cerr << "# W4_diagonal stan: " << n << " points, times " << wanted / n << "; memory is of "
              << n << " points\n";
    measure("W4_diagonal", "stan", f, u, wanted / n);
}

int main(int argc, char **argv)
{
    const std::string workload = argc > 1 ? argv[1] : "versions";

    if (workload == "versions")
        std::cerr << "# Stan Math " << stan::math::MAJOR_VERSION << '.' << stan::math::MINOR_VERSION
                  << '.' << stan::math::PATCH_VERSION << ", compiler " << __VERSION__
                  << ", float64, 1 thread\n";
    if (workload == "W1")
        measure("W1_gradient", "stan", five_points(),
            (vector<double>(5) << 0.1, -0.2, 0.3, 0.5, 10.0).finished(), 1.0);
    if (workload == "W2") {
        measure("W2", "stan", plane(), plane_start(), 1.0);
        measure("W2", "stan_by_hand", plane_by_hand(), plane_start(), 1.0);
    }
    if (workload == "W4_diagonal")
        run_clusters();
    return 0;
}
