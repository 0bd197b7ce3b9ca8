// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "ops/execute_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

Tensor keys_of(const Node& node) {
    const auto strings = attribute<std::vector<std::string>>(node, "classlabels_strings", {});
    return strings.empty()
               ? Tensor::from<std::int64_t>(attribute<std::vector<std::int64_t>>(node, "classlabels_int64s", {}))
               : Tensor::from<std::string>(strings);
}

void execute(ExecuteContext& context) {
    const auto x = context.elements<float>(0);
    const Shape& shape = context.tensor(0).shape();
    const Tensor keys = keys_of(context.node());
    if (shape.empty() || shape.size() > 2 || shape.back() != keys.size() || keys.size() == 0) {
        context.invalid("input 0 is ", describe(context.input(0)), " and there are ", keys.size(),
                        " class labels; expected [N, labels] or [labels]");
    }
    const auto width = static_cast<std::size_t>(keys.size());
    Sequence rows;
    for (std::size_t begin = 0; begin < x.size(); begin += width) {
        rows.emplace_back(Map{keys, Tensor::from<float>(x.subspan(begin, width))});
    }
    context.set_output(0, std::move(rows));
}

const Registration zip_map{{"ai.onnx.ml", "ZipMap", 1, 1, 1, {}, nullptr, nullptr, execute}};

}  // namespace

}  // namespace onecnn::core
