// SPDX-License-Identifier: Apache-2.0
#include "kernels/linear_step.h"

#include <utility>

#include "kernels/convert.h"
#include "kernels/svm_kernel.h"
#include "runtime/shape.h"

namespace onecnn::core {

namespace {

/// A support vector machine's linear kernel, with the coefficients as its vectors.
class LinearStep final : public Step {
public:
    LinearStep(SvmKernel products, std::vector<float> intercepts, const FeatureRows& x, std::vector<Slot> to,
               WriteScores write)
        : products_(std::move(products)),
          intercepts_(std::move(intercepts)),
          x_(x),
          convert_(x.dtype == DType::float32 ? nullptr : conversion(x.dtype, DType::float32)),
          write_(std::move(write)) {
        const std::int64_t row_work = checked_multiply(2 * products_.padded_count(), x.features + 4);
        slices_ = slices_for(x.rows, row_work);
        reads = {x.slot};
        writes = std::move(to);
        work = checked_multiply(x.rows, row_work);
        held_bytes += products_.bytes();
    }

    [[nodiscard]] std::string_view implementation() const override { return "linear"; }
    [[nodiscard]] std::int64_t slice_count() const override { return slices_; }
    [[nodiscard]] std::size_t scratch_bytes() const override {
        const auto floats = static_cast<std::size_t>(products_.padded_count() + x_.features);
        return intercepts_.size() * sizeof(double) + floats * sizeof(float);
    }

    void run(const Memory& memory, StepState*, std::int64_t slice, std::byte* scratch) const override {
        const std::span scores(reinterpret_cast<double*>(scratch), intercepts_.size());
        auto* products = reinterpret_cast<float*>(scores.data() + scores.size());
        float* room = products + products_.padded_count();
        const Range range = slice_range(x_.rows, slices_, slice);
        for (std::int64_t row = range.begin; row < range.end; ++row) {
            products_.evaluate(load(memory, row, room), products);
            for (std::size_t i = 0; i < scores.size(); ++i) {
                scores[i] = static_cast<double>(products[i] + intercepts_[i]);
            }
            write_(memory, row, scores);
        }
    }

private:
    /// A row as float, in `room` where it is of another type.
    const float* load(const Memory& memory, std::int64_t row, float* room) const {
        const std::byte* from = memory[x_.slot] + row * x_.features * (bits(x_.dtype) / 8);
        if (convert_ == nullptr) {
            return reinterpret_cast<const float*>(from);
        }
        convert_(from, reinterpret_cast<std::byte*>(room), x_.features);
        return room;
    }

    SvmKernel products_;
    std::vector<float> intercepts_;
    FeatureRows x_;
    Convert convert_;
    WriteScores write_;
    std::int64_t slices_;
};

}  // namespace

std::unique_ptr<Step> make_linear_step(std::span<const float> coefficients, std::vector<float> intercepts,
                                       const FeatureRows& x, std::vector<Slot> writes, WriteScores write) {
    const auto count = static_cast<std::int64_t>(intercepts.size());
    return std::make_unique<LinearStep>(SvmKernel({.kind = SvmFunction::Kind::linear}, coefficients, count),
                                        std::move(intercepts), x, std::move(writes), std::move(write));
}

}  // namespace onecnn::core
