// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <map>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "runtime/plan.h"
#include "runtime/plan_builder.h"
#include "runtime/plan_cache.h"

using onecnn::core::Attribute;
using onecnn::core::DType;
using onecnn::core::Graph;
using onecnn::core::Node;
using onecnn::core::Options;
using onecnn::core::PackedWeights;
using onecnn::core::PlanKey;
using onecnn::core::Shape;
using onecnn::core::Tensor;
using onecnn::core::ValueId;
using onecnn::core::Ways;

namespace {

/// The steps of Relu → `op_type` → Relu on an input of the given shape; `integers` is the node's second input.
std::size_t steps_around(const std::string& op_type, const Shape& shape, const Shape& integers,
                         std::map<std::string, Attribute, std::less<>> attributes = {}) {
    Graph graph;
    const ValueId x = graph.add_value({"x", {}, std::nullopt});
    graph.value(x).type.dtype = DType::float32;
    const ValueId before = graph.add_value({"before", {}, std::nullopt});
    const ValueId after = graph.add_value({"after", {}, std::nullopt});
    const ValueId y = graph.add_value({"y", {}, std::nullopt});
    std::vector<ValueId> inputs{before};
    if (!integers.empty()) {
        inputs.push_back(graph.add_constant("integers", Tensor::from<std::int64_t>(integers)));
    }
    graph.inputs = {x};
    graph.outputs = {y};
    graph.nodes = {Node{"first", "Relu", "", 21, {x}, 0, {before}, {}, std::nullopt, std::nullopt},
                   Node{"view", op_type, "", 21, inputs, 0, {after}, std::move(attributes), std::nullopt, std::nullopt},
                   Node{"last", "Relu", "", 21, {after}, 0, {y}, {}, std::nullopt, std::nullopt}};
    const Options options;
    PackedWeights packed;
    Ways ways;
    const auto plan = build_plan(graph, PlanKey{{DType::float32}, {shape}, {}}, {}, {options, 1, packed, ways});
    return plan->region().steps.size();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(view)

BOOST_AUTO_TEST_CASE(what_moves_nothing_makes_no_step) {
    BOOST_TEST(steps_around("Identity", {2, 3}, {}) == 2U);
    BOOST_TEST(steps_around("Dropout", {2, 3}, {}) == 2U);
    BOOST_TEST(steps_around("Flatten", {2, 3, 4}, {}) == 2U);
    BOOST_TEST(steps_around("Reshape", {2, 3}, {-1}) == 2U);
    BOOST_TEST(steps_around("Squeeze", {2, 1, 3}, {1}) == 2U);
    BOOST_TEST(steps_around("Unsqueeze", {2, 3}, {0, 3}) == 2U);
    const std::vector<std::int64_t> perm{0, 2, 1, 3};
    BOOST_TEST(steps_around("Transpose", {2, 1, 3, 4}, {}, {{"perm", perm}}) == 2U);
}

BOOST_AUTO_TEST_CASE(what_moves_elements_makes_one) {
    const std::vector<std::int64_t> perm{1, 0, 2};
    BOOST_TEST(steps_around("Transpose", {2, 3, 4}, {}, {{"perm", perm}}) == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
