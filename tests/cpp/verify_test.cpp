// SPDX-License-Identifier: Apache-2.0
#include "graph/verify.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

#include "runtime/error.h"

namespace {

using namespace onecnn::core;

/// x → a → t → b → y, with a constant c that b reads too.
struct Chain {
    Chain() {
        graph.inputs = {x};
        graph.outputs = {y};
        graph.nodes = {node("a", {x}, {t}), node("b", {t, ValueId::none, c}, {y})};
    }

    static Node node(std::string name, std::vector<ValueId> inputs, std::vector<ValueId> outputs) {
        Node node;
        node.name = std::move(name);
        node.op_type = "Op";
        node.opset = 18;
        node.inputs = std::move(inputs);
        node.outputs = std::move(outputs);
        return node;
    }

    void refuse(const std::string& sentence) const {
        BOOST_CHECK_EXCEPTION(verify(graph), Error, [&](const Error& error) {
            BOOST_TEST(error.message().find(sentence) != std::string::npos, error.message());
            return error.code() == ErrorCode::invalid_model;
        });
    }

    Graph graph;
    ValueId x = graph.add_value({"x", {}, std::nullopt});
    ValueId t = graph.add_value({"t", {}, std::nullopt});
    ValueId y = graph.add_value({"y", {}, std::nullopt});
    ValueId c = graph.add_constant("c", Tensor(DType::float32, {1}));
};

constexpr auto beyond = static_cast<ValueId>(99);

}  // namespace

BOOST_FIXTURE_TEST_SUITE(graph_verifier, Chain)

BOOST_AUTO_TEST_CASE(accepts_a_graph_that_connects) { BOOST_CHECK_NO_THROW(verify(graph)); }

BOOST_AUTO_TEST_CASE(refuses_ids_of_no_value) {
    graph.nodes[0].inputs[0] = beyond;
    refuse("node 'a' (Op, opset 18) refers to value 99 of a graph that has 4");
    graph.nodes[0] = node("a", {x}, {beyond});
    refuse("refers to value 99");
    graph.nodes[0] = node("a", {x}, {t});
    graph.outputs[0] = beyond;
    refuse("list of outputs refers to value 99");
    graph.outputs[0] = y;
    graph.inputs[0] = ValueId::none;
    refuse("list of inputs refers to value");
}

BOOST_AUTO_TEST_CASE(refuses_reading_before_making) {
    std::swap(graph.nodes[0], graph.nodes[1]);
    refuse("node 'b' (Op, opset 18) reads 't', which nothing before it gives");
}

BOOST_AUTO_TEST_CASE(refuses_making_twice) {
    graph.nodes[1].outputs = {y, t};
    refuse("node 'b' (Op, opset 18) gives 't', which is given already");
    graph.nodes[1].outputs = {y, c};
    refuse("gives 'c', which is given already");
    graph.nodes[1].outputs = {y};
    graph.inputs = {x, c};
    refuse("the caller gives 'c', which is given already");
}

BOOST_AUTO_TEST_CASE(refuses_nodes_that_make_nothing) {
    graph.nodes.push_back(node("idle", {x}, {ValueId::none}));
    refuse("node 'idle' (Op, opset 18) gives no output");
    graph.nodes.back().outputs.clear();
    refuse("gives no output");
}

BOOST_AUTO_TEST_CASE(refuses_outputs_that_nothing_makes) {
    graph.nodes.pop_back();
    refuse("output 'y' is given by no node");
}

BOOST_AUTO_TEST_CASE(refuses_inputs_and_outputs_without_names_of_their_own) {
    graph.outputs = {y, y};
    refuse("the graph lists output 'y' twice");
    graph.outputs = {y, t};
    graph.value(t).name = "y";
    refuse("the graph lists output 'y' twice");
    graph.value(t).name = "";
    refuse("a graph's output has no name");
}

BOOST_AUTO_TEST_CASE(accepts_an_output_that_is_an_input_or_a_constant) {
    graph.outputs = {y, x, c};
    BOOST_CHECK_NO_THROW(verify(graph));
}

BOOST_AUTO_TEST_SUITE_END()
