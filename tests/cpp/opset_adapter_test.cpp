// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "onnx/adapters.h"
#include "runtime/error.h"

namespace {

using namespace onecnn::core;

using Ints = std::vector<std::int64_t>;

/// A graph of one node, x → y and further outputs, after adaptation.
struct Adapted {
    Adapted(std::string op_type, std::int64_t opset, std::map<std::string, Attribute, std::less<>> attributes,
            std::size_t output_count = 1, std::vector<std::size_t> read_outputs = {0}) {
        Node node;
        node.name = "n";
        node.op_type = std::move(op_type);
        node.opset = opset;
        node.attributes = std::move(attributes);
        node.inputs = {graph.add_value({"x", {}, std::nullopt})};
        graph.inputs = node.inputs;
        for (std::size_t i = 0; i < output_count; ++i) {
            node.outputs.push_back(graph.add_value({"y" + std::to_string(i), {}, std::nullopt}));
        }
        for (const auto index : read_outputs) {
            graph.outputs.push_back(node.outputs[index]);
        }
        graph.nodes.push_back(std::move(node));
        onnx::adapt_to_newest_opset(graph);
    }

    [[nodiscard]] const Node& node() const { return graph.nodes.at(0); }

    /// The elements of a constant input; nothing when it is left out.
    template <typename T>
    [[nodiscard]] std::optional<std::vector<T>> input(std::size_t index) const {
        if (index >= node().inputs.size() || node().inputs[index] == ValueId::none) {
            return std::nullopt;
        }
        const auto span = graph.constant(node().inputs[index])->as<T>();
        return std::vector<T>(span.begin(), span.end());
    }

    Graph graph;
};

using Floats = std::vector<float>;

}  // namespace

BOOST_AUTO_TEST_SUITE(opset_adapters)

BOOST_AUTO_TEST_CASE(clip_takes_its_bounds_as_inputs) {
    const Adapted both("Clip", 10, {{"min", 0.F}, {"max", 6.F}});
    BOOST_CHECK((both.input<float>(1) == Floats{0}));
    BOOST_CHECK((both.input<float>(2) == Floats{6}));
    BOOST_TEST(both.graph.constant(both.node().inputs[1])->shape().empty());
    BOOST_TEST(both.node().attributes.empty());
    const Adapted upper("Clip", 7, {{"max", 6.F}});
    BOOST_CHECK((upper.input<float>(1) == std::nullopt));
    BOOST_CHECK((upper.input<float>(2) == Floats{6}));
    const Adapted none("Clip", 7, {});
    BOOST_TEST(none.node().inputs.size() == 1U);
}

BOOST_AUTO_TEST_CASE(dropout_takes_its_ratio_as_an_input) {
    const Adapted dropout("Dropout", 11, {{"ratio", 0.25F}}, 2, {0, 1});
    BOOST_CHECK((dropout.input<float>(1) == Floats{0.25F}));
    BOOST_TEST(dropout.node().outputs.size() == 2U);
    BOOST_TEST(Adapted("Dropout", 9, {{"ratio", 0.25F}}, 2).node().outputs.size() == 1U);
    BOOST_CHECK_THROW(Adapted("Dropout", 9, {}, 2, {0, 1}), Error);
}

BOOST_AUTO_TEST_CASE(pad_takes_its_amounts_as_inputs) {
    const Adapted pad("Pad", 10, {{"pads", Ints{0, 1, 0, 2}}, {"value", 3.F}, {"mode", std::string("constant")}});
    BOOST_CHECK((pad.input<std::int64_t>(1) == Ints{0, 1, 0, 2}));
    BOOST_CHECK((pad.input<float>(2) == Floats{3}));
    BOOST_TEST(attribute<std::string>(pad.node(), "mode", "") == "constant");
    BOOST_TEST(Adapted("Pad", 10, {{"pads", Ints{0, 0}}}).node().inputs.size() == 2U);
    BOOST_CHECK_THROW(Adapted("Pad", 10, {}), Error);
}

BOOST_AUTO_TEST_CASE(squeeze_and_unsqueeze_take_their_axes_as_inputs) {
    BOOST_CHECK((Adapted("Squeeze", 12, {{"axes", Ints{0, 2}}}).input<std::int64_t>(1) == Ints{0, 2}));
    BOOST_TEST(Adapted("Squeeze", 12, {}).node().inputs.size() == 1U);
    BOOST_CHECK((Adapted("Unsqueeze", 11, {{"axes", Ints{-1}}}).input<std::int64_t>(1) == Ints{-1}));
    BOOST_CHECK_THROW(Adapted("Unsqueeze", 12, {}), Error);
}

BOOST_AUTO_TEST_CASE(softmax_of_a_matrix_is_marked) {
    for (const auto* op_type : {"Softmax", "LogSoftmax"}) {
        const auto coerced = [](const Adapted& adapted) {
            return attribute<std::int64_t>(adapted.node(), coerce_to_matrix, 0);
        };
        const auto axis = [](const Adapted& adapted) { return attribute<std::int64_t>(adapted.node(), "axis", -99); };
        const Adapted by_default(op_type, 12, {});
        BOOST_TEST(coerced(by_default) == 1);
        BOOST_TEST(axis(by_default) == 1);
        const Adapted given(op_type, 7, {{"axis", std::int64_t{2}}});
        BOOST_TEST(coerced(given) == 1);
        BOOST_TEST(axis(given) == 2);
        const Adapted last(op_type, 11, {{"axis", std::int64_t{-1}}});
        BOOST_TEST(coerced(last) == 0);
        const Adapted newest(op_type, 13, {});
        BOOST_TEST(coerced(newest) == 0);
        BOOST_TEST(axis(newest) == -99);
    }
}

BOOST_AUTO_TEST_CASE(batch_normalization_drops_what_training_gave) {
    const Adapted old("BatchNormalization", 7, {{"spatial", std::int64_t{1}}, {"epsilon", 1e-3F}}, 5);
    BOOST_TEST(old.node().outputs.size() == 1U);
    BOOST_TEST(!old.node().attributes.contains("spatial"));
    BOOST_TEST(attribute<float>(old.node(), "epsilon", 0) == 1e-3F);
    BOOST_CHECK_EXCEPTION(Adapted("BatchNormalization", 8, {{"spatial", std::int64_t{0}}}), Error,
                          [](const Error& error) { return error.code() == ErrorCode::unsupported_operator; });
    BOOST_CHECK_EXCEPTION(Adapted("BatchNormalization", 13, {}, 5, {0, 1}), Error, [](const Error& error) {
        return error.code() == ErrorCode::unsupported_operator && error.message().find("node 'n'") == 0;
    });
    BOOST_TEST(Adapted("BatchNormalization", 14, {}, 3).node().outputs.size() == 3U);
}

BOOST_AUTO_TEST_CASE(newest_forms_and_other_domains_stay_as_they_are) {
    BOOST_TEST(Adapted("Clip", 11, {{"min", 0.F}}).node().inputs.size() == 1U);
    Graph graph;
    Node node;
    node.op_type = "Clip";
    node.domain = "com.example";
    node.opset = 1;
    node.attributes.emplace("min", 0.F);
    graph.nodes.push_back(node);
    onnx::adapt_to_newest_opset(graph);
    BOOST_TEST(graph.nodes[0].inputs.empty());
}

BOOST_AUTO_TEST_SUITE_END()
