// SPDX-License-Identifier: Apache-2.0
#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

void infer(InferContext& context) {
    require_elements(context, 0, Elements::boolean);
    const DType dtype = context.dtype(1);
    if (context.dtype(2) != dtype) {
        context.invalid("input 2 is ", name(context.dtype(2)), " and input 1 ", name(dtype), "; they must be alike");
    }
    if (bits(dtype) < 8) {
        context.unsupported("input 1 is ", name(dtype));
    }
    const std::string what = describe(context.node());
    context.set_output(0, dtype,
                       broadcast(broadcast(context.shape(0), context.shape(1), what), context.shape(2), what));
}

/// Puts x where the condition is true and leaves the other elements of `out`.
template <typename T>
void overwrite(const std::byte* condition, const std::byte* x, std::byte* out, std::int64_t count, Repeated repeated,
               Parameters) {
    const auto* wanted = reinterpret_cast<const Boolean*>(condition);
    const T* from = reinterpret_cast<const T*>(x);
    T* to = reinterpret_cast<T*>(out);
    if (repeated.a) {
        if (is_true(*wanted)) {
            for (std::int64_t i = 0; i < count; ++i) {
                to[i] = from[repeated.b ? 0 : i];
            }
        }
    } else if (repeated.b) {
        std::transform(wanted, wanted + count, to, to,
                       [value = *from](Boolean yes, T other) { return is_true(yes) ? value : other; });
    } else {
        for (std::int64_t i = 0; i < count; ++i) {
            to[i] = is_true(wanted[i]) ? from[i] : to[i];
        }
    }
}

/// First the third input everywhere, then the second one where it is wanted.
void lower(LowerContext& context) {
    const BroadcastPlaces places = place_broadcast(context);
    const DType dtype = context.dtype(1);
    const BinaryKernel copy = sized_kernel(dtype, [](auto x, auto) { return x; });
    visit_element_size(dtype, [&]<typename T>(T) {
        const BinaryKernel overwrite_some{DType::boolean, dtype, dtype, overwrite<T>};
        context.add(make_broadcast_step("elementwise", {places.pass(copy, 2, 2), places.pass(overwrite_some, 0, 1)},
                                        places.output));
    });
}

const Registration where{{"", "Where", 3, 3, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
