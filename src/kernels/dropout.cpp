// SPDX-License-Identifier: Apache-2.0
#include "kernels/dropout.h"

#include <random>
#include <utility>

#include "kernels/convert.h"
#include "kernels/float16.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

/// 53 bits of two draws, in [0, 1).
double uniform(std::mt19937& generator) {
    const auto high = static_cast<double>(generator() >> 5);
    const auto low = static_cast<double>(generator() >> 6);
    return (high * 0x1p26 + low) * 0x1p-53;
}

double ratio_of(const Dropout& dropout, const Memory& memory) {
    double ratio = 0.5;
    if (dropout.ratio) {
        conversion(dropout.ratio->dtype, DType::float64)(memory[dropout.ratio->slot],
                                                         reinterpret_cast<std::byte*>(&ratio), 1);
    }
    if (!(ratio >= 0 && ratio < 1)) {
        fail(ErrorCode::invalid_argument, dropout.node, ": ratio is ", ratio, ", outside [0, 1)");
    }
    return ratio;
}

template <typename T, typename Stored>
void drop(const Dropout& dropout, const Memory& memory) {
    const double ratio = ratio_of(dropout, memory);
    const T scale = static_cast<T>(1 / (1 - ratio));
    std::mt19937 generator(static_cast<std::uint32_t>(dropout.seed));
    const Stored* x = memory.at<const Stored>(dropout.x.slot);
    Stored* y = memory.at<Stored>(dropout.y);
    std::uint8_t* mask = dropout.mask ? memory.at<std::uint8_t>(*dropout.mask) : nullptr;
    for (std::int64_t i = 0; i < dropout.count; ++i) {
        const bool stays = uniform(generator) >= ratio;
        y[i] = static_cast<Stored>(stays ? static_cast<T>(x[i]) * scale : T{0});
        if (mask != nullptr) {
            mask[i] = static_cast<std::uint8_t>(stays);
        }
    }
}

void run(const Dropout& dropout, const Memory& memory) {
    switch (dropout.x.dtype) {
        case DType::float64: return drop<double, double>(dropout, memory);
        case DType::float16: return drop<float, Float16>(dropout, memory);
        case DType::bfloat16: return drop<float, BFloat16>(dropout, memory);
        default: return drop<float, float>(dropout, memory);
    }
}

}  // namespace

std::unique_ptr<Step> make_dropout_step(Dropout dropout) {
    std::vector<Slot> reads{dropout.x.slot};
    if (dropout.ratio) {
        reads.push_back(dropout.ratio->slot);
    }
    std::vector<Slot> writes{dropout.y};
    if (dropout.mask) {
        writes.push_back(*dropout.mask);
    }
    const std::int64_t work = dropout.count * 32;
    // One slice: each element takes the next numbers of one sequence.
    auto step = std::make_unique<FunctionStep>(
        "dropout", 1, [dropout = std::move(dropout)](const Memory& memory, std::int64_t) { run(dropout, memory); });
    step->reads = std::move(reads);
    step->writes = std::move(writes);
    step->work = work;
    return step;
}

}  // namespace onecnn::core
