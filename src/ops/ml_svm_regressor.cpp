// SPDX-License-Identifier: Apache-2.0
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "ops/lower_context.h"
#include "ops/ml_attributes.h"
#include "ops/ml_rows.h"
#include "ops/svm_attributes.h"

namespace onecnn::core {

namespace {

struct Regressor {
    SvmKernel kernel;
    std::vector<float> coefficients;  // one a support vector
    float rho;
    bool one_class;
    PostTransform transform;
};

Regressor parse(const Node& node) {
    const auto supports = attribute<std::int64_t>(node, "n_supports", 0);
    auto coefficients = required_attribute<std::vector<float>>(node, "coefficients");
    const auto rho = required_attribute<std::vector<float>>(node, "rho");
    const bool one_class = attribute<std::int64_t>(node, "one_class", 0) != 0;
    const PostTransform transform = post_transform(node);
    if (rho.empty()) {
        fail(ErrorCode::invalid_model, describe(node), ": rho has no value");
    }
    if (supports == 0) {
        // A linear model: the coefficients are the one vector.
        if (coefficients.empty()) {
            fail(ErrorCode::invalid_model, describe(node), ": coefficients has no value");
        }
        return {SvmKernel({.kind = SvmFunction::Kind::linear}, coefficients, 1), {1.0F}, rho[0], one_class, transform};
    }
    if (supports < 0 || std::cmp_not_equal(coefficients.size(), supports)) {
        fail(ErrorCode::invalid_model, describe(node), ": n_supports is ", supports, " and coefficients has ",
             coefficients.size(), " values; they must be the same");
    }
    return {svm_kernel(node, svm_function(node), supports), std::move(coefficients), rho[0], one_class, transform};
}

/// Predicts rows of T.
template <typename T>
class RegressorStep final : public Step {
public:
    RegressorStep(Regressor regressor, std::int64_t rows, Slot x, Slot y)
        : regressor_(std::move(regressor)), rows_(rows), x_(x), y_(y) {
        const std::int64_t row_work = 3 * regressor_.kernel.padded_count() * (regressor_.kernel.features() + 8);
        slices_ = slices_for(rows, row_work);
        reads = {x};
        writes = {y};
        work = checked_multiply(rows, row_work);
        held_bytes += regressor_.kernel.bytes();
    }

    [[nodiscard]] std::string_view implementation() const override { return "svm"; }
    [[nodiscard]] std::int64_t slice_count() const override { return slices_; }
    [[nodiscard]] std::size_t scratch_bytes() const override {
        return static_cast<std::size_t>(regressor_.kernel.padded_count() + regressor_.kernel.features()) *
               sizeof(float);
    }

    void run(const Memory& memory, StepState*, std::int64_t slice, std::byte* scratch) const override {
        const SvmKernel& kernel = regressor_.kernel;
        auto* values = reinterpret_cast<float*>(scratch);
        float* row = values + kernel.padded_count();
        const Range range = slice_range(rows_, slices_, slice);
        for (std::int64_t i = range.begin; i < range.end; ++i) {
            load_row(memory.at<const T>(x_) + i * kernel.features(), kernel.features(), row);
            kernel.evaluate(row, values);
            const auto& coefficients = regressor_.coefficients;
            const double sum = std::inner_product(coefficients.begin(), coefficients.end(), values,
                                                  static_cast<double>(regressor_.rho));
            auto y = static_cast<float>(regressor_.one_class ? (sum > 0 ? 1 : -1) : sum);
            apply(regressor_.transform, std::span(&y, 1));
            memory.at<float>(y_)[i] = y;
        }
    }

private:
    Regressor regressor_;
    std::int64_t rows_;
    std::int64_t slices_ = 1;
    Slot x_;
    Slot y_;
};

void infer(InferContext& context) {
    const MlRows x = require_ml_rows(context);
    const Regressor regressor = parse(context.node());
    require_features(context, x, regressor.kernel.features());
    context.set_output(0, DType::float32, {x.rows, 1});
}

void lower(LowerContext& context) {
    const std::int64_t rows = ml_rows(context.shape(0)).rows;
    const Slot x = context.input(0);
    const Slot y = context.output(0);
    visit_feature(context.dtype(0), [&]<typename T>(T) {
        context.add(std::make_unique<RegressorStep<T>>(parse(context.node()), rows, x, y));
    });
}

const Registration svm_regressor{{"ai.onnx.ml", "SVMRegressor", 1, 1, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
