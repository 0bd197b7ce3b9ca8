// SPDX-License-Identifier: Apache-2.0
#include "kernels/class_loss.h"

#include <algorithm>
#include <cmath>

#include "kernels/by_double.h"
#include "runtime/error.h"
#include "runtime/shape.h"

namespace onecnn::core {

namespace {

struct Term {
    double loss;
    double weight;
};

template <typename T>
class Kernel {
public:
    Kernel(const ClassLoss& loss, const ClassLossSlots& slots) : l_(loss), slots_(slots) {}

    /// Positions [range.begin, range.end) of all images.
    void run(const Memory& memory, Range range) const {
        double loss = 0;
        double weight = 0;
        for (std::int64_t i = range.begin; i < range.end; ++i) {
            const Term term = term_of(memory, i);
            loss += term.loss;
            weight += term.weight;
            if (slots_.loss && l_.reduction == LossReduction::none) {
                memory.at<T>(*slots_.loss)[i] = from_double<T>(term.loss);
            }
        }
        if (slots_.loss && l_.reduction != LossReduction::none) {
            *memory.at<T>(*slots_.loss) = from_double<T>(l_.reduction == LossReduction::sum ? loss : loss / weight);
        }
    }

private:
    /// The class at a position; nothing where it is ignored.
    [[nodiscard]] std::optional<std::int64_t> target(const Memory& memory, std::int64_t i) const {
        const std::int64_t found = l_.target_dtype == DType::int64 ? memory.at<const std::int64_t>(slots_.target)[i]
                                                                   : memory.at<const std::int32_t>(slots_.target)[i];
        if (found == l_.ignored) {
            return std::nullopt;
        }
        if (found < 0 || found >= l_.classes) {
            fail(ErrorCode::invalid_argument, l_.node, ": class ", found, " is outside [0, ", l_.classes, ")");
        }
        return found;
    }

    /// The logarithm of Σ exp x over a position's classes, which are `positions` apart.
    [[nodiscard]] double normaliser(const T* x) const {
        double largest = -HUGE_VAL;
        for (std::int64_t c = 0; c < l_.classes; ++c) {
            largest = std::max(largest, to_double(x[c * l_.positions]));
        }
        double sum = 0;
        for (std::int64_t c = 0; c < l_.classes; ++c) {
            sum += std::exp(to_double(x[c * l_.positions]) - largest);
        }
        return largest + std::log(sum);
    }

    [[nodiscard]] Term term_of(const Memory& memory, std::int64_t i) const {
        const std::int64_t begin = i / l_.positions * l_.classes * l_.positions + i % l_.positions;
        const T* x = memory.at<const T>(slots_.x) + begin;
        const double shift = l_.of_scores ? normaliser(x) : 0;
        if (slots_.log_probabilities) {
            T* to = memory.at<T>(*slots_.log_probabilities) + begin;
            for (std::int64_t c = 0; c < l_.classes; ++c) {
                to[c * l_.positions] = from_double<T>(to_double(x[c * l_.positions]) - shift);
            }
        }
        const auto found = target(memory, i);
        if (!found) {
            return {0, 0};
        }
        const double weight = slots_.weights ? to_double(memory.at<const T>(*slots_.weights)[*found]) : 1;
        return {weight * (shift - to_double(x[*found * l_.positions])), weight};
    }

    ClassLoss l_;
    ClassLossSlots slots_;
};

template <typename T>
std::unique_ptr<Step> step_of(const ClassLoss& loss, const ClassLossSlots& slots) {
    constexpr std::int64_t exponential = 16;
    const std::int64_t items = checked_multiply(loss.batch, loss.positions);
    const std::int64_t work = loss.of_scores ? checked_multiply(loss.classes, exponential) : 4;
    const std::int64_t slices = loss.reduction == LossReduction::none ? slices_for(items, work) : 1;
    auto step = std::make_unique<FunctionStep>(
        "class_loss", slices, [=, kernel = Kernel<T>(loss, slots)](const Memory& memory, std::int64_t slice) {
            kernel.run(memory, slice_range(items, slices, slice));
        });
    step->work = checked_multiply(items, work);
    return step;
}

}  // namespace

std::unique_ptr<Step> make_class_loss_step(const ClassLoss& loss, const ClassLossSlots& slots) {
    auto step = [&] {
        switch (loss.dtype) {
            case DType::float32: return step_of<float>(loss, slots);
            case DType::float64: return step_of<double>(loss, slots);
            case DType::float16: return step_of<Float16>(loss, slots);
            case DType::bfloat16: return step_of<BFloat16>(loss, slots);
            default: fail(ErrorCode::internal, "loss of ", name(loss.dtype));
        }
    }();
    step->reads = {slots.x, slots.target};
    if (slots.weights) {
        step->reads.push_back(*slots.weights);
    }
    for (const auto& slot : {slots.loss, slots.log_probabilities}) {
        if (slot) {
            step->writes.push_back(*slot);
        }
    }
    return step;
}

}  // namespace onecnn::core
