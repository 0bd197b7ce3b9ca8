// SPDX-License-Identifier: Apache-2.0
// Whichever way of computing a node tuning may choose, the results are the same.
#include "runtime/ways.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "onnx/reader.h"
#include "onnx_bytes.h"
#include "runtime/packed_weights.h"
#include "runtime/program.h"

namespace onecnn::core {

namespace {

namespace bytes = onecnn::testing;

constexpr std::int64_t channels = 32;
constexpr std::int64_t size = 15;

std::vector<float> random_floats(std::int64_t count, float spread) {
    static std::mt19937 engine(5);
    std::normal_distribution<float> normal(0, spread);
    std::vector<float> values(static_cast<std::size_t>(count));
    std::ranges::generate(values, [&] { return normal(engine); });
    return values;
}

/// A pooling, so that the rest lies channels last; a 1 × 1, a 3 × 3, one with strides, and one with a pooling behind it.
std::string model() {
    const auto weights = [](std::string_view name, std::int64_t extent) {
        const std::int64_t taps = extent * extent;
        return bytes::float_tensor(
            name, {channels, channels, extent, extent},
            random_floats(channels * channels * taps, 1 / std::sqrt(static_cast<float>(channels * taps))));
    };
    const bytes::Bytes pads = bytes::attribute("pads", bytes::Ints{1, 1, 1, 1});
    const bytes::Bytes two = bytes::attribute("kernel_shape", bytes::Ints{2, 2});
    const bytes::Bytes strides = bytes::attribute("strides", bytes::Ints{2, 2});
    bytes::ModelBytes model;
    model.nodes = {bytes::node("MaxPool", {"x"}, {"p"}, {two}),
                   bytes::node("Conv", {"p", "one"}, {"a"}),
                   bytes::node("Conv", {"a", "three"}, {"b"}, {pads}),
                   bytes::node("Conv", {"b", "apart"}, {"c"}, {pads, strides}),
                   bytes::node("Conv", {"b", "pooled"}, {"d"}, {pads}),
                   bytes::node("MaxPool", {"d"}, {"e"}, {two, strides}),
                   bytes::node("Concat", {"c", "e"}, {"y"}, {bytes::attribute("axis", std::int64_t{1})})};
    model.initializers = {weights("one", 1), weights("three", 3), weights("apart", 3), weights("pooled", 3)};
    model.inputs = {bytes::value_info("x", bytes::float32, {1, channels, size, size})};
    model.outputs = {bytes::value_info("y", bytes::float32, {1, 2 * channels, 7, 7})};
    return model.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ways)

BOOST_AUTO_TEST_CASE(all_give_the_same_results) {
    const std::string data = model();
    const Options options;
    PackedWeights packed;
    Ways ways;
    const PlanSettings settings{options, 1, packed, ways};
    ParsedModel parsed = onnx::read_memory(std::as_bytes(std::span(data)), options);
    const Program program(std::move(parsed.graph), settings, options.limits.plan_bytes);
    Tensor x(DType::float32, {1, channels, size, size});
    std::ranges::copy(random_floats(x.size(), 1), x.as<float>().begin());
    const StopCondition stop;
    const Bodies bodies;
    const auto run = [&] { return *program.run({Datum(x)}, {bodies, options, stop}).at(0).tensor(); };

    ways.listen();
    const Tensor expected = run();
    const auto known = ways.heard();
    BOOST_TEST(known.size() == 4);
    int tried = 0;
    for (const auto& [node, each] : known) {
        for (const std::string_view way : each) {
            ways.choose(node, std::string(way));
            program.trim();
            const Tensor got = run();
            float worst = 0;
            for (std::size_t i = 0; i < got.as<float>().size(); ++i) {
                worst = std::max(worst, std::abs(got.as<float>()[i] - expected.as<float>()[i]));
            }
            BOOST_TEST(worst < 2e-5F, node << " by " << way << " is off by " << worst);
            ways.choose(node, std::nullopt);
            ++tried;
        }
    }
    BOOST_TEST(tried >= 4 * 2);
    BOOST_TEST(ways.heard().empty(), "what nobody listened for is remembered, for each input shape anew");
}

BOOST_AUTO_TEST_CASE(an_unknown_way_is_the_first) {
    constexpr std::array<std::string_view, 2> two{"one", "other"};
    Ways ways;
    BOOST_TEST(ways.of("node", two) == "one");
    ways.choose("node", "other");
    BOOST_TEST(ways.of("node", two) == "other");
    ways.set_chosen({{"node", "a way of an older library"}});
    BOOST_TEST(ways.of("node", two) == "one");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace onecnn::core
