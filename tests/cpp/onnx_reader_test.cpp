// SPDX-License-Identifier: Apache-2.0
#include "onnx/reader.h"

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "graph/attributes.h"
#include "graph/verify.h"
#include "onnx_bytes.h"
#include "runtime/error.h"
#include "runtime/model.h"
#include "runtime/tensor.h"

namespace {

using namespace onecnn::core;
using namespace onecnn::testing;

ParsedModel read(std::string_view bytes, const Options& options = {}) {
    // A heap copy of the exact size, so that sanitizers see a read past the end.
    std::shared_ptr<std::byte> copy(new std::byte[bytes.size() + (bytes.empty() ? 1 : 0)],
                                    std::default_delete<std::byte[]>());
    std::memcpy(copy.get(), bytes.data(), bytes.size());
    return onnx::read_memory({copy.get(), bytes.size()}, options);
}

struct Refusal {
    std::string what;
    std::string bytes;
    ErrorCode code;
    std::string sentence;  ///< part of the message
};

void expect(const Refusal& refusal, const Options& options = {}) {
    BOOST_TEST_CONTEXT(refusal.what) {
        BOOST_CHECK_EXCEPTION((void)read(refusal.bytes, options), Error, [&](const Error& error) {
            BOOST_TEST(error.message().find(refusal.sentence) != std::string::npos, error.message());
            BOOST_TEST(error.message().find('\n') == std::string::npos);
            return error.code() == refusal.code;
        });
    }
}

ModelBytes with_initializer(const Bytes& tensor) {
    ModelBytes model;
    model.initializers = {tensor};
    return model;
}

ModelBytes with_node(const Bytes& node) {
    ModelBytes model;
    model.nodes = {node};
    return model;
}

const Value& value_named(const Graph& graph, std::string_view name) {
    for (std::size_t i = 0; i < graph.value_count(); ++i) {
        if (const auto& value = graph.value(static_cast<ValueId>(i)); value.name == name) {
            return value;
        }
    }
    throw std::runtime_error("no value " + std::string(name));
}

template <typename T>
std::vector<T> elements(const Tensor& tensor) {
    const auto span = tensor.as<T>();
    return {span.begin(), span.end()};
}

constexpr auto invalid = ErrorCode::invalid_model;
constexpr auto unsupported = ErrorCode::unsupported_operator;

}  // namespace

BOOST_AUTO_TEST_SUITE(onnx_reader)

BOOST_AUTO_TEST_CASE(reads_what_a_model_says_of_itself) {
    ModelBytes model;
    model.more = Bytes()
                     .bytes(2, "maker")
                     .bytes(3, "1.0")
                     .integer(5, 7)
                     .bytes(6, "a model")
                     .bytes(14, entry("k", "v"))
                     .bytes(14, entry("onecnn.io", "{}"));
    const auto [info, graph] = read(model.str());
    BOOST_TEST(info.ir_version == 8);
    BOOST_TEST(info.opset == 18);
    BOOST_TEST(info.producer_name == "maker");
    BOOST_TEST(info.producer_version == "1.0");
    BOOST_TEST(info.model_version == 7);
    BOOST_TEST(info.description == "a model");
    BOOST_TEST(info.file_nodes == 1);
    BOOST_REQUIRE(info.metadata.size() == 2U);
    BOOST_TEST(info.metadata[0].first == "k");
    BOOST_TEST(info.metadata[1].second == "{}");
    BOOST_TEST(graph.name == "g");
    BOOST_REQUIRE(graph.inputs.size() == 1U);
    BOOST_TEST(to_string(graph.value(graph.inputs[0]).type) == "float32[N, 4]");
    BOOST_TEST(graph.value(graph.outputs[0]).name == "y");
    BOOST_TEST(describe(graph.nodes[0]) == "node 'n' (Relu, opset 18)");
}

BOOST_AUTO_TEST_CASE(takes_initializers_that_are_inputs_as_constants) {
    ModelBytes model;
    model.ir_version = 3;
    model.initializers = {float_tensor("w", {4}, {1, 2, 3, 4})};
    model.inputs.push_back(value_info("w", float32, {4}));
    model.nodes = {node("Add", {"x", "w"}, {"y"})};
    const auto [info, graph] = read(model.str());
    BOOST_TEST(graph.inputs.size() == 1U);
    BOOST_TEST(info.parameters == 4);
    BOOST_TEST(elements<float>(*value_named(graph, "w").constant) == (std::vector<float>{1, 2, 3, 4}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(leaves_out_optional_values_without_a_name) {
    const auto graph = read(with_node(node("Clip", {"x", "", "x", ""}, {"y", ""})).str()).graph;
    BOOST_TEST(graph.nodes[0].inputs.size() == 3U);
    BOOST_CHECK(graph.nodes[0].inputs[1] == ValueId::none);
    BOOST_TEST(graph.nodes[0].outputs.size() == 1U);
}

BOOST_AUTO_TEST_CASE(names_nodes_that_have_no_name) {
    const auto graph = read(with_node(Bytes().bytes(1, "x").bytes(2, "y").bytes(4, "Relu")).str()).graph;
    BOOST_TEST(graph.nodes[0].name == "Relu_0");
}

BOOST_AUTO_TEST_CASE(reads_every_kind_of_attribute) {
    const auto graph = read(with_node(node("Op", {"x"}, {"y"},
                                           {attribute("i", std::int64_t{-3}), attribute("f", 0.5F),
                                            attribute("s", std::string("text")), attribute("ints", Ints{1, -1}),
                                            attribute("floats", std::vector<float>{1, 2}),
                                            attribute("t", float_tensor("", {2}, {3, 4})),
                                            Bytes().bytes(1, "strings").bytes(9, "a").bytes(9, "b").integer(20, 8)}))
                                .str())
                           .graph;
    const Node& op = graph.nodes.at(0);
    BOOST_TEST(required_attribute<std::int64_t>(op, "i") == -3);
    BOOST_TEST(required_attribute<float>(op, "f") == 0.5F);
    BOOST_TEST(required_attribute<std::string>(op, "s") == "text");
    BOOST_TEST(required_attribute<Ints>(op, "ints") == (Ints{1, -1}), boost::test_tools::per_element());
    BOOST_TEST(required_attribute<std::vector<float>>(op, "floats") == (std::vector<float>{1, 2}),
               boost::test_tools::per_element());
    BOOST_TEST(required_attribute<Names>(op, "strings") == (Names{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST(elements<float>(required_attribute<Tensor>(op, "t")) == (std::vector<float>{3, 4}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(turns_constant_nodes_into_constants) {
    ModelBytes model;
    const auto constant = [](const std::string& name, const Bytes& value) {
        return node("Constant", {}, {name}, {value});
    };
    model.nodes = {constant("tensor", attribute("value", float_tensor("", {1, 2}, {3, 4}))),
                   constant("float", attribute("value_float", 2.5F)),
                   constant("int", attribute("value_int", std::int64_t{-7})),
                   constant("floats", attribute("value_floats", std::vector<float>{1, 2})),
                   constant("ints", attribute("value_ints", Ints{8, 9})),
                   node("Relu", {"x"}, {"y"})};
    const auto [info, graph] = read(model.str());
    BOOST_TEST(info.file_nodes == 6);
    BOOST_TEST(graph.nodes.size() == 1U);
    BOOST_TEST(to_string(value_named(graph, "tensor").type) == "float32[1, 2]");
    BOOST_TEST(to_string(value_named(graph, "float").type) == "float32[]");
    BOOST_TEST(value_named(graph, "float").constant->as<float>()[0] == 2.5F);
    BOOST_TEST(to_string(value_named(graph, "int").type) == "int64[]");
    BOOST_TEST(value_named(graph, "int").constant->as<std::int64_t>()[0] == -7);
    BOOST_TEST(to_string(value_named(graph, "floats").type) == "float32[2]");
    BOOST_TEST(value_named(graph, "ints").constant->as<std::int64_t>()[1] == 9);
}

BOOST_AUTO_TEST_CASE(reads_elements_from_the_field_of_their_type) {
    const auto constant = [](const Bytes& tensor) {
        return *value_named(read(with_initializer(tensor).str()).graph, "w").constant;
    };
    BOOST_TEST(constant(tensor("w", 1, {2}).packed_floats(4, {1.5F, -2})).as<float>()[1] == -2);
    BOOST_TEST(constant(tensor("w", 1, {2}).real(4, 1.5F).real(4, 3)).as<float>()[1] == 3, "not packed");
    BOOST_TEST(constant(tensor("w", 11, {1}).packed_doubles(10, {0.25})).as<double>()[0] == 0.25);
    BOOST_TEST(constant(tensor("w", 6, {2}).packed(5, {5, -6})).as<std::int32_t>()[1] == -6);
    BOOST_TEST(constant(tensor("w", 6, {2}).integers(5, {5, -6})).as<std::int32_t>()[1] == -6, "not packed");
    BOOST_TEST(constant(tensor("w", 2, {1}).packed(5, {255})).as<std::uint8_t>()[0] == 255);
    BOOST_TEST(constant(tensor("w", 3, {1}).packed(5, {-128})).as<std::int8_t>()[0] == -128);
    BOOST_TEST(constant(tensor("w", 4, {1}).packed(5, {65535})).as<std::uint16_t>()[0] == 65535);
    BOOST_TEST(constant(tensor("w", 5, {1}).packed(5, {-1})).as<std::int16_t>()[0] == -1);
    BOOST_TEST(constant(tensor("w", 9, {2}).packed(5, {0, 1})).as<bool>()[1]);
    BOOST_TEST(constant(tensor("w", 7, {1}).packed(7, {INT64_MIN})).as<std::int64_t>()[0] == INT64_MIN);
    BOOST_TEST(constant(tensor("w", 12, {1}).packed(11, {4294967295})).as<std::uint32_t>()[0] == 4294967295);
    BOOST_TEST(constant(tensor("w", 13, {1}).packed(11, {-1})).as<std::uint64_t>()[0] == UINT64_MAX);
    const Tensor half = constant(tensor("w", 10, {1}).packed(5, {0x3C00}));
    BOOST_TEST(name(half.dtype()) == "float16");
    BOOST_TEST(static_cast<int>(half.data()[1]) == 0x3C);
    BOOST_TEST(constant(tensor("w", 1, {0, 5})).size() == 0, "nothing is enough for no elements");
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_model) {
    using namespace std::string_literals;
    for (const auto& [what, bytes, sentence] : std::vector<std::tuple<std::string, std::string, std::string>>{
             {"empty", "", "not an ONNX model: it is empty"},
             {"text", "hello, world\n", "not an ONNX model: it looks like text"},
             {"json", "{\"model\": 1}", "not an ONNX model: it looks like text"},
             {"PNG", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s, "not an ONNX model: it looks like a PNG image"},
             {"ZIP", "PK\x03\x04\x14\0\0\0"s, "not an ONNX model: it looks like a ZIP archive"},
             {"HDF5", "\x89HDF\r\n\x1a\n\0\0"s, "not an ONNX model: it looks like an HDF5 file"},
             {"pickle", "\x80\x04\x95\x10\0\0\0"s, "not an ONNX model: it looks like a Python pickle"},
             {"LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "it is a Git LFS pointer"},
             {"zeros", std::string(100, '\0'), "not an ONNX model: its bytes are no"},
             {"ones", std::string(100, '\xFF'), "not an ONNX model: its bytes are no"},
             {"no graph", Bytes().integer(1, 8).str(), "not an ONNX model, or truncated: it has no graph"}}) {
        expect({what, bytes, invalid, sentence});
    }
}

BOOST_AUTO_TEST_CASE(refuses_versions_it_does_not_know) {
    ModelBytes model;
    model.opset = 29;
    expect({"newer opset", model.str(), unsupported, "imports opset 29 of ai.onnx; opsets 1 to 28 are supported"});
    model.opset = 0;
    expect({"older opset", model.str(), unsupported, "imports opset 0 of ai.onnx"});
    model.opset = 18;
    model.ir_version = 2;
    expect({"older IR", model.str(), invalid, "IR version 2"});
    model.ir_version = 8;
    model.more = Bytes().bytes(8, Bytes().bytes(1, "ai.onnx").integer(2, 17));
    expect({"two opsets", model.str(), invalid, "two operator sets"});
}

BOOST_AUTO_TEST_CASE(warns_of_a_newer_file_format) {
    ModelBytes model;
    model.ir_version = 99;
    std::vector<std::string> messages;
    Options options;
    options.log = [&](LogLevel level, const std::string& message) {
        BOOST_CHECK(level == LogLevel::warning);
        messages.push_back(message);
    };
    BOOST_TEST(read(model.str(), options).info.ir_version == 99);
    BOOST_REQUIRE(messages.size() == 1U);
    BOOST_TEST(messages[0].find("IR version 99") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(refuses_tensors_that_do_not_hold_what_they_say) {
    const auto refuse = [](const std::string& what, const Bytes& tensor, ErrorCode code, const std::string& sentence) {
        expect({what, with_initializer(tensor).str(), code, sentence});
        expect({what + " in a Constant", with_node(node("Constant", {}, {"y"}, {attribute("value", tensor)})).str(),
                code,
                sentence.substr(sentence.starts_with("initializer") ? std::string("initializer 'w'").size() : 0)});
    };
    refuse("short", float_tensor("w", {2}, {1}), invalid,
           "initializer 'w' of type float32 and shape [2] takes 8 bytes, but 4 are");
    refuse("long", float_tensor("w", {1}, {1, 2}), invalid, "takes 4 bytes, but 8 are");
    refuse("absent", tensor("w", 1, {2}), invalid, "initializer 'w' of shape [2] takes 2 elements, but 0 are");
    refuse("typed, short", tensor("w", 1, {3}).packed_floats(4, {1}), invalid, "takes 3 elements, but 1 are");
    refuse("wrong field", tensor("w", 1, {1}).packed(7, {1}), invalid, "a field for another type");
    refuse("both", float_tensor("w", {1}, {1}).packed_floats(4, {1}), invalid, "more than one field");
    refuse("negative", float_tensor("w", {-1}, {1}), invalid, "initializer 'w' has a negative dimension: [-1]");
    refuse("huge", float_tensor("w", {INT64_MAX, 8}, {1}), invalid, "more bytes than 63 bits can count");
    refuse("large", float_tensor("w", {1 << 20, 1 << 20}, {1}), invalid, "takes 4398046511104 bytes, but 4 are");
    refuse("rank 9", float_tensor("w", Ints(9, 1), {1}), invalid, "initializer 'w' has more than 8 dimensions");
    refuse("string", tensor("w", 8, {2}).bytes(6, "a"), invalid, "takes 2 elements, but 1 are there");
    refuse("raw string", tensor("w", 8, {1}).bytes(9, "a"), invalid, "which only string_data can hold");
    refuse("complex64", tensor("w", 14, {1}).packed(5, {1}), unsupported, "type complex64, which");
    refuse("int4", tensor("w", 22, {3}).packed(5, {1}), invalid, "takes 2 bytes, but 1 are there");
    refuse("type 0", tensor("w", 0, {1}).packed(5, {1}), invalid, "type 0, which is no type");
    refuse("type 99", tensor("w", 99, {1}).packed(5, {1}), invalid, "type 99, which is no type");
    refuse("no uint8", tensor("w", 2, {1}).packed(5, {256}), invalid, "holds 256, which is no uint8");
    refuse("no bool", tensor("w", 9, {1}).bytes(9, "\x02"), invalid, "neither 0 nor 1");
    refuse("segment", float_tensor("w", {1}, {1}).bytes(3, ""), unsupported, "segment");
    refuse("wire type", tensor("w", 1, {1}).integer(9, 5), invalid, "TensorProto's field 9 has another type");
}

BOOST_AUTO_TEST_CASE(refuses_graphs_whose_values_do_not_connect) {
    const auto refuse = [](const std::string& what, const std::vector<Bytes>& nodes, const std::string& sentence,
                           ErrorCode code = invalid) {
        ModelBytes model;
        model.nodes = nodes;
        expect({what, model.str(), code, sentence});
    };
    refuse("missing", {node("Add", {"x", "w"}, {"y"})},
           "node 'n' (Add, opset 18) reads 'w', which no input, initializer or node gives");
    refuse("unsorted", {node("Relu", {"t"}, {"y"}), node("Relu", {"x"}, {"t"})},
           "node 'n' (Relu, opset 18) reads 't' before it is given");
    refuse("cycle", {node("Add", {"x", "b"}, {"y"}), node("Relu", {"y"}, {"b"})}, "or form a cycle");
    refuse("itself", {node("Add", {"x", "y"}, {"y"})}, "or form a cycle");
    refuse("twice", {node("Relu", {"x"}, {"y"}), node("Relu", {"x"}, {"y"})}, "gives 'y', which another node");
    refuse("input again", {node("Relu", {"x"}, {"x"}), node("Relu", {"x"}, {"y"})}, "gives 'x', which another node");
    refuse("no node for an output", {node("Relu", {"x"}, {"z"})}, "output 'y' is given by no node");
    refuse("no output", {node("Relu", {"x"}, {""})}, "node 'n' (Relu, opset 18) gives no output");
    refuse("no operator", {node("", {"x"}, {"y"})}, "node 0 ('n') names no operator");
    refuse("domain", {node("Relu", {"x"}, {"y"}).bytes(7, "com.else")},
           "domain 'com.else', of which the model imports no");
    refuse("attribute twice", {node("Op", {"x"}, {"y"}, {attribute("a", 1.F), attribute("a", 2.F)})},
           "attribute 'a' twice");
    refuse("attribute type", {node("Op", {"x"}, {"y"}, {Bytes().bytes(1, "a").integer(20, 77)})},
           "node 'n' (Op, opset 18): attribute 'a' has type 77");
    refuse("subgraph", {node("If", {"x"}, {"y"}, {Bytes().bytes(1, "then_branch").bytes(6, "").integer(20, 5)})},
           "the graph has no output");
    refuse("not UTF-8", {node("Relu", {"x"}, {"y\xC3"})}, "NodeProto's field 2 is not a string of UTF-8");
    refuse("NUL", {node("Relu", {"x"}, {std::string("y\0", 2)})}, "NodeProto's field 2 is not a string of UTF-8");
    refuse("two constants",
           {node("Constant", {}, {"y"}, {attribute("value_int", std::int64_t{1}), attribute("value_float", 1.F)})},
           "has 2 attributes instead of one value");
}

BOOST_AUTO_TEST_CASE(refuses_inputs_and_outputs_it_cannot_declare) {
    ModelBytes model;
    model.inputs = {value_info("x", float32, {-2})};
    expect({"negative", model.str(), invalid, "input 'x' declares a dimension of -2"});
    model.inputs = {value_info("x", float32, Dims(9, 1))};
    expect({"rank", model.str(), invalid, "input 'x' declares more than 8 dimensions"});
    model.inputs = {Bytes().bytes(1, "x")};
    expect({"no type", model.str(), invalid, "input 'x' declares no type"});
    model.inputs = {Bytes().bytes(1, "x").bytes(2, Bytes().bytes(8, ""))};
    expect({"sparse", model.str(), unsupported, "input 'x' is a sparse tensor"});
    Bytes nested = Bytes().bytes(4, "");
    for (int i = 0; i < 10; ++i) {
        nested = Bytes().bytes(4, Bytes().bytes(1, nested));
    }
    model.inputs = {Bytes().bytes(1, "x").bytes(2, nested)};
    expect({"nested", model.str(), ErrorCode::resource_limit, "input 'x' declares a type of more than 8 types"});
    model.inputs = {value_info("x", float32, {1}), value_info("x", float32, {1})};
    expect({"twice", model.str(), invalid, "gives 'x', which another"});
    model = {};
    model.outputs.push_back(model.outputs[0]);
    expect({"output twice", model.str(), invalid, "output 'y' is listed twice"});
    model.outputs.clear();
    expect({"no output", model.str(), invalid, "no output"});
}

BOOST_AUTO_TEST_CASE(refuses_what_it_has_not_learnt_yet) {
    ModelBytes model;
    model.more_graph = Bytes().bytes(15, "");
    expect({"sparse", model.str(), unsupported, "sparse initializer"});
    model = with_node(node("f", {"x"}, {"y"}).bytes(7, "own"));
    model.more = Bytes().bytes(25, Bytes().bytes(1, "f").bytes(10, "own"));
    expect({"function", model.str(), invalid, "of domain 'own', of which the model imports no operator set"});
}

BOOST_AUTO_TEST_CASE(keeps_to_its_limits) {
    Options options;
    options.limits.model_bytes = 10;
    expect({"bytes", ModelBytes().str(), ErrorCode::resource_limit, "the limit is 10"}, options);
    options = {};
    options.limits.nodes = 0;
    expect({"nodes", ModelBytes().str(), ErrorCode::resource_limit, "more nodes than the limit of 0"}, options);
    options = {};
    options.limits.tensor_bytes = 7;
    expect({"tensor", with_initializer(float_tensor("w", {2}, {1, 2})).str(), ErrorCode::resource_limit,
            "initializer 'w' of shape [2] has 8 bytes; the limit for a tensor is 7"},
           options);
    options = {};
    options.limits.nodes = 1;
    ModelBytes model;
    for (int i = 0; i < 5000; ++i) {
        model.initializers.push_back(float_tensor("w" + std::to_string(i), {1}, {1}));
    }
    expect({"values", model.str(), ErrorCode::resource_limit, "more values than 1 nodes need"}, options);
}

BOOST_AUTO_TEST_CASE(survives_every_truncation_and_every_flipped_bit) {
    ModelBytes model;
    model.initializers = {float_tensor("w", {4}, {1, 2, 3, 4}), tensor("v", int64, {2}).packed(7, {1, 300})};
    model.nodes = {node("Clip", {"x", "", "w"}, {"t"}, {attribute("i", Ints{1, 2}), attribute("s", std::string("a"))}),
                   node("Constant", {}, {"c"}, {attribute("value", float_tensor("", {1}, {1}))}),
                   node("Add", {"t", "c"}, {"y"})};
    const std::string whole = model.str();
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
        BOOST_CHECK_EXCEPTION((void)read(std::string_view(whole).substr(0, bytes)), Error,
                              [](const Error& error) { return error.code() == invalid; });
    }
    expect({"in the middle", whole.substr(0, whole.size() / 2), invalid, "truncated: its"});
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        std::string flipped = whole;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        try {
            verify(read(flipped).graph);
        } catch (const Error& error) {
            BOOST_CHECK(error.code() != ErrorCode::internal);
        }
    }
}

BOOST_AUTO_TEST_CASE(tensors_lie_in_lent_memory_that_aligns_them_and_nowhere_else) {
    ModelBytes model = with_node(node("Add", {"x", "w"}, {"y"}));
    model.initializers = {float_tensor("w", {4}, {1, 2, 3, 4})};
    const std::string bytes = model.str();
    const std::size_t weights = bytes.find(raw<float>({1, 2, 3, 4}));
    const auto at = [&](std::size_t excess) {
        // The weights lie `excess` bytes behind an aligned address.
        const std::size_t before = (16 - weights % 16) % 16 + excess;
        const std::shared_ptr<std::byte> memory = allocate(before + bytes.size());
        std::shared_ptr<std::byte> lent(memory, memory.get() + before);
        std::memcpy(lent.get(), bytes.data(), bytes.size());
        return lent;
    };
    const auto constant = [](const ParsedModel& parsed) { return *value_named(parsed.graph, "w").constant; };
    const std::vector<float> expected{1, 2, 3, 4};

    const auto aligned = at(0);
    const Tensor in_place = constant(onnx::read_lent(aligned, bytes.size(), {}));
    BOOST_TEST(in_place.data() == aligned.get() + weights);
    BOOST_TEST(in_place.as<float>() == expected, boost::test_tools::per_element());

    const auto odd = at(1);
    const Tensor copied = constant(onnx::read_lent(odd, bytes.size(), {}));
    BOOST_TEST((copied.data() < odd.get() || copied.data() >= odd.get() + bytes.size()));
    BOOST_TEST(copied.as<float>() == expected, boost::test_tools::per_element());
    BOOST_TEST(std::memcmp(odd.get(), bytes.data(), bytes.size()) == 0);

    const Tensor own = constant(onnx::read_memory({aligned.get(), bytes.size()}, {}));
    BOOST_TEST(own.data() != aligned.get() + weights);
}

BOOST_AUTO_TEST_CASE(attributes_of_the_readers_own_are_not_the_files_to_set) {
    const ParsedModel parsed =
        read(with_node(node("Softmax", {"x"}, {"y"}, {attribute(coerce_to_matrix, std::int64_t{1})})).str());
    BOOST_TEST(!parsed.graph.nodes.at(0).attributes.contains(coerce_to_matrix));
}

BOOST_AUTO_TEST_CASE(the_log_is_let_go_of_once_the_model_is_loaded) {
    const auto target = std::make_shared<int>(0);
    Options options;
    options.log = [target](LogLevel, const std::string&) {};
    const auto model = Model::create(read(ModelBytes().str()), options);
    options.log = nullptr;
    BOOST_TEST(target.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
