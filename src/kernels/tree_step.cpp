// SPDX-License-Identifier: Apache-2.0
#include "kernels/tree_step.h"

#include <algorithm>
#include <utility>

#include "kernels/convert.h"
#include "kernels/tree_ensemble.h"
#include "runtime/shape.h"

namespace onecnn::core {

namespace {

/// Compares as T.
template <typename T>
class TreeStep final : public Step {
public:
    TreeStep(TreeEnsemble<T> ensemble, const FeatureRows& x, std::vector<Slot> to, WriteScores write)
        : ensemble_(std::move(ensemble)),
          x_(x),
          convert_(x.dtype == dtype_of<T> ? nullptr : conversion(x.dtype, dtype_of<T>)),
          write_(std::move(write)) {
        constexpr std::int64_t most_rows = 64;
        constexpr std::int64_t most_elements = 16 * 1024;
        block_ = std::clamp(most_elements / std::max(x.features, ensemble_.targets()), std::int64_t{1}, most_rows);
        block_ = std::min(block_, x.rows);
        slices_ = slices_for(x.rows, ensemble_.row_work());
        reads = {x.slot};
        writes = std::move(to);
        work = checked_multiply(x.rows, ensemble_.row_work());
        held_bytes += ensemble_.bytes();
    }

    [[nodiscard]] std::string_view implementation() const override { return "trees"; }
    [[nodiscard]] std::int64_t slice_count() const override { return slices_; }
    [[nodiscard]] std::size_t scratch_bytes() const override {
        const auto scores = static_cast<std::size_t>(block_ * ensemble_.targets()) * sizeof(double);
        return scores + (convert_ == nullptr ? 0 : static_cast<std::size_t>(block_ * x_.features) * sizeof(T));
    }

    void run(const Memory& memory, StepState*, std::int64_t slice, std::byte* scratch) const override {
        auto* scores = reinterpret_cast<double*>(scratch);
        const std::int64_t targets = ensemble_.targets();
        const Range range = slice_range(x_.rows, slices_, slice);
        for (std::int64_t first = range.begin; first < range.end; first += block_) {
            const std::int64_t count = std::min(block_, range.end - first);
            const T* rows = load(memory, first, count, reinterpret_cast<T*>(scores + block_ * targets));
            ensemble_.evaluate(rows, count, scores);
            for (std::int64_t i = 0; i < count; ++i) {
                write_(memory, first + i, {scores + i * targets, static_cast<std::size_t>(targets)});
            }
        }
    }

private:
    /// Rows as T, in `room` where they are of another type.
    const T* load(const Memory& memory, std::int64_t first, std::int64_t count, T* room) const {
        const std::byte* rows = memory[x_.slot] + first * x_.features * (bits(x_.dtype) / 8);
        if (convert_ == nullptr) {
            return reinterpret_cast<const T*>(rows);
        }
        convert_(rows, reinterpret_cast<std::byte*>(room), count * x_.features);
        return room;
    }

    TreeEnsemble<T> ensemble_;
    FeatureRows x_;
    Convert convert_;
    WriteScores write_;
    std::int64_t block_;
    std::int64_t slices_;
};

template <typename T>
std::unique_ptr<Step> step_of(const Trees& trees, const FeatureRows& x, std::vector<Slot> writes, WriteScores write,
                              const std::string& what) {
    return std::make_unique<TreeStep<T>>(TreeEnsemble<T>(trees, x.features, what), x, std::move(writes),
                                         std::move(write));
}

bool is_float(double x) { return x != x || static_cast<double>(static_cast<float>(x)) == x; }

/// Whether comparing as float is exact.
bool floats_suffice(const Trees& trees, DType dtype) {
    return (dtype == DType::float32 || dtype == DType::float16) &&
           std::ranges::all_of(trees.nodes, [](const Trees::Node& node) {
               return is_float(node.split) && std::ranges::all_of(node.members, is_float);
           });
}

}  // namespace

std::unique_ptr<Step> make_tree_step(const Trees& trees, const FeatureRows& x, std::vector<Slot> writes,
                                     WriteScores write, const std::string& what) {
    if (floats_suffice(trees, x.dtype)) {
        return step_of<float>(trees, x, std::move(writes), std::move(write), what);
    }
    return step_of<double>(trees, x, std::move(writes), std::move(write), what);
}

}  // namespace onecnn::core
