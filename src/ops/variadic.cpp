// SPDX-License-Identifier: Apache-2.0
#include <utility>
#include <vector>

#include "kernels/arithmetic.h"
#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

/// The passes that combine all inputs: the first two, then each further one with what has been made.
std::vector<BroadcastPass> combine(const BroadcastPlaces& places, const BinaryKernel& kernel) {
    std::vector<BroadcastPass> passes{places.pass(kernel, 0, 1)};
    for (std::size_t i = 2; i < places.inputs.size(); ++i) {
        passes.push_back(places.further_pass(kernel, i));
    }
    return passes;
}

template <typename Operation>
void lower(LowerContext& context) {
    if (context.input_count() == 1) {
        return context.alias(0, 0);
    }
    const BroadcastPlaces places = place_broadcast(context);
    context.add(make_broadcast_step("elementwise", combine(places, numeric_kernel<Operation>(context.dtype(0))),
                                    places.output));
}

void lower_mean(LowerContext& context) {
    if (context.input_count() == 1) {
        return context.alias(0, 0);
    }
    const BroadcastPlaces places = place_broadcast(context);
    std::vector<BroadcastPass> passes = combine(places, numeric_kernel<Add>(context.dtype(0)));
    static_cast<void>(visit_floating(context.dtype(0), [&]<typename T>(T) {
        const auto divide = binary_kernel<T, T, T>([](T sum, T, Parameters count) { return sum / count.alpha; });
        passes.push_back({divide,
                          {static_cast<float>(context.input_count())},
                          broadcast_axes(places.result, places.result),
                          places.output,
                          places.output});
    }));
    context.add(make_broadcast_step("elementwise", std::move(passes), places.output));
}

void lower_sum(LowerContext& context) {
    if (!lower_equal_sum(context)) {
        lower<Add>(context);
    }
}

const Registration max{{"", "Max", 1, any_number, 1, {}, infer_broadcast<Elements::number>, lower<Max>}};
const Registration min{{"", "Min", 1, any_number, 1, {}, infer_broadcast<Elements::number>, lower<Min>}};
const Registration sum{{"", "Sum", 1, any_number, 1, {}, infer_broadcast<Elements::floating>, lower_sum}};
const Registration mean{{"", "Mean", 1, any_number, 1, {}, infer_broadcast<Elements::floating>, lower_mean}};

}  // namespace

}  // namespace onecnn::core
