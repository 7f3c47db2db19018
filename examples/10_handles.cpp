/* SPDX-License-Identifier: Apache-2.0 */
/* The library from C++: handles that free themselves, statuses that become exceptions. C++11 and later.
 *
 *     c++ examples/10_handles.cpp -Iinclude -Lbuild -lakin -o handles && LD_LIBRARY_PATH=build ./handles
 *
 * Rows of one's own are learned from and embedded, and each row's nearest other row is told. It leaves the
 * folder handles-example-run.
 */
#include <akin/akin.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

/* What a function returned, with its sentence. */
class error : public std::runtime_error {
public:
    explicit error(const akin_error &e) : std::runtime_error(e.message), status(e.status) {}
    akin_status status;
};

/* check([&](akin_error *e) { return akin_...(..., e); }) throws what went wrong. */
template <class F> void check(F call)
{
    akin_error err = {};
    if (call(&err)) throw error(err);
}

/* One function object frees every kind of handle; all of them take NULL. */
struct free_handle {
    void operator()(akin_train_config *p) const { akin_train_config_free(p); }
    void operator()(akin_dataset *p) const { akin_dataset_free(p); }
    void operator()(akin_model *p) const { akin_model_free(p); }
};
template <class T> using handle = std::unique_ptr<T, free_handle>;

/* make<akin_model>([&](akin_model **to, akin_error *e) { return akin_model_open(..., to, e); }) */
template <class T, class F> handle<T> make(F call)
{
    T *made = nullptr;
    check([&](akin_error *e) { return call(&made, e); });
    return handle<T>(made);
}

using table = std::vector<std::vector<float>>;

/* The library calls through C: an exception must not leave a hook. */
bool give_row(int64_t i, float *out, void *ctx) noexcept
{
    const std::vector<float> &row = (*static_cast<const table *>(ctx))[static_cast<std::size_t>(i)];
    for (std::size_t k = 0; k < row.size(); k++) out[k] = row[k];
    return true;
}

handle<akin_dataset> dataset_of(table &rows)
{
    akin_own_rows own = AKIN_OWN_ROWS_INIT;
    own.n = static_cast<int64_t>(rows.size());
    own.d = static_cast<int64_t>(rows[0].size());
    own.row = give_row;
    own.ctx = &rows;
    return make<akin_dataset>([&](akin_dataset **to, akin_error *e) { return akin_dataset_from_rows(&own, to, e); });
}

void train(const akin_dataset *set, const std::string &run)
{
    auto config = make<akin_train_config>(akin_train_config_create);
    const char *const options[][2] = { { "epochs", "5" }, { "batch-size", "32" }, { "width", "16" } };
    for (const auto &o : options)
        check([&](akin_error *e) { return akin_train_config_set(config.get(), o[0], o[1], e); });
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    opts.force = true;
    opts.dataset = set;
    check([&](akin_error *e) { return akin_train(nullptr, run.c_str(), config.get(), &opts, e); });
}

table embed(const akin_dataset *set, const std::string &run, std::size_t n)
{
    auto model = make<akin_model>([&](akin_model **to, akin_error *e) { return akin_model_open(run.c_str(), nullptr, to, e); });
    const int64_t width = akin_model_width(model.get(), AKIN_LAYER_BACKBONE);
    std::vector<float> all(n * static_cast<std::size_t>(width));
    const akin_mat backbone = { all.data(), static_cast<int64_t>(n), width, width }, none = { nullptr, 0, 0, 0 };
    check([&](akin_error *e) { return akin_model_embed(model.get(), set, nullptr, backbone, none, e); });
    table rows;
    for (std::size_t i = 0; i < n; i++)
        rows.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(i) * width,
                          all.begin() + static_cast<std::ptrdiff_t>(i + 1) * width);
    return rows;
}

double cosine(const std::vector<float> &a, const std::vector<float> &b)
{
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t k = 0; k < a.size(); k++) {
        ab += double(a[k]) * double(b[k]);
        aa += double(a[k]) * double(a[k]);
        bb += double(b[k]) * double(b[k]);
    }
    return ab / std::sqrt(aa * bb + 1e-30);
}

} // namespace

int main()
try {
    akin_set_threads(1); /* enough for so little */
    table rows;
    for (int i = 0; i < 96; i++) { /* three kinds; each is higher in its own columns */
        rows.emplace_back();
        for (int k = 0; k < 9; k++)
            rows.back().push_back(float((i * 53 + k * 31) % 17) / 17 + (k % 3 == i % 3 ? 1.5f : 0));
    }
    const std::string run = "handles-example-run";
    const auto set = dataset_of(rows);
    train(set.get(), run);
    const table features = embed(set.get(), run, rows.size());
    int same = 0;
    for (std::size_t i = 0; i < features.size(); i++) {
        std::size_t nearest = i ? 0 : 1;
        for (std::size_t j = 0; j < features.size(); j++)
            if (j != i && cosine(features[i], features[j]) > cosine(features[i], features[nearest])) nearest = j;
        same += nearest % 3 == i % 3;
    }
    std::printf("of %zu rows, %d have a nearest row of their kind\n", rows.size(), same);
    try { /* what goes wrong arrives with its sentence; nothing is left open */
        embed(set.get(), "no-such-run", rows.size());
    } catch (const error &e) {
        std::printf("%s: %s\n", akin_status_name(e.status), e.what());
        return same > 64 && e.status == AKIN_ERR_INPUT ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    return EXIT_FAILURE;
} catch (const std::exception &e) {
    std::fprintf(stderr, "%s\n", e.what());
    return EXIT_FAILURE;
}
