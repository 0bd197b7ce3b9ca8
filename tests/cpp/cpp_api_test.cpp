// SPDX-License-Identifier: Apache-2.0
// onecnn.hpp as a C++ program meets it, through the shared library alone.
#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <onecnn/onecnn.hpp>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "unary_model.h"

namespace {

onecnn::Model relu(const onecnn::Options& options = {}) {
    const std::string bytes = onecnn::testing::unary_model();
    return onecnn::Model(std::as_bytes(std::span(bytes)), options);
}

/// A check that an Error has this status and names this.
auto says(onecnn::Status status, const std::string& part) {
    return [status, part](const onecnn::Error& error) {
        return error.status() == status && std::string(error.what()).find(part) != std::string::npos;
    };
}

const auto same = boost::test_tools::per_element();

}  // namespace

BOOST_AUTO_TEST_SUITE(cpp_api)

BOOST_AUTO_TEST_CASE(a_model_describes_itself) {
    const onecnn::Model model = relu(onecnn::Options().threads(1).set("precision", "f32"));
    const auto inputs = model.inputs();
    BOOST_REQUIRE_EQUAL(inputs.size(), 1U);
    BOOST_TEST(inputs[0].name == "x");
    BOOST_TEST((inputs[0].dtype == onecnn::DType::float32));
    BOOST_REQUIRE(inputs[0].dims.has_value());
    BOOST_TEST(inputs[0].dims->at(0).name == "N");
    BOOST_TEST(inputs[0].dims->at(0).value == -1);
    BOOST_TEST(inputs[0].dims->at(1).value == 4);
    BOOST_TEST(model.outputs().at(0).name == "y");
    BOOST_TEST(model.metadata().at(0).second == "green");
    BOOST_TEST(model.property("graph_name").value_or("") == "g");
    BOOST_TEST(!model.property("colour").has_value());
    BOOST_TEST(model.stat("threads") == 1);
    BOOST_TEST(model.stat_keys().front() == "ir_version");
}

BOOST_AUTO_TEST_CASE(a_tensor_that_was_moved_from_has_no_dimensions) {
    onecnn::Tensor x(std::vector<float>{1, 2}, {2});
    const onecnn::Tensor y = std::move(x);
    BOOST_TEST(x.dims().empty());  // NOLINT(bugprone-use-after-move)
    BOOST_TEST(x.bytes().empty());
    BOOST_TEST(y.dims().size() == 1U);
}

BOOST_AUTO_TEST_CASE(inputs_go_by_position_or_by_name) {
    const onecnn::Model model = relu();
    const onecnn::Tensor x(std::vector<float>{-1, 2, -3, 4}, {1, 4});
    const std::vector<float> expected{0, 2, 0, 4};
    const auto by_position = model.run({x});
    BOOST_TEST(by_position.at(0).data<float>() == expected, same);
    const auto by_name = model.run({{"x", x}});
    BOOST_TEST(by_name.at(0).data<float>() == expected, same);
    BOOST_CHECK_EXCEPTION(static_cast<void>(model.run({{"z", x}})), onecnn::Error,
                          says(onecnn::Status::invalid_argument, "'z'"));
    BOOST_CHECK_EXCEPTION(static_cast<void>(model.run(std::span<const onecnn::NamedTensor>())), onecnn::Error,
                          says(onecnn::Status::invalid_argument, "'x'"));
    BOOST_CHECK_EXCEPTION(static_cast<void>(model.run({x, x})), onecnn::Error,
                          says(onecnn::Status::invalid_argument, "2"));
}

BOOST_AUTO_TEST_CASE(tensors_copy_take_over_or_borrow_memory) {
    std::vector<std::int64_t> numbers{1, 2, 3};
    onecnn::Tensor copied(numbers, {3});
    copied.data<std::int64_t>()[0] = 9;
    BOOST_TEST(numbers[0] == 1);

    onecnn::Tensor borrowed = onecnn::Tensor::borrow(std::span(numbers), {3, 1});
    borrowed.data<std::int64_t>()[0] = 8;
    BOOST_TEST(numbers[0] == 8);
    const std::vector<std::int64_t> expected_dims{3, 1};
    BOOST_TEST(borrowed.dims() == expected_dims, same);

    const auto* memory = numbers.data();
    const onecnn::Tensor taken(std::move(numbers), {3});
    BOOST_TEST(taken.data<std::int64_t>().data() == memory);

    const onecnn::Tensor shared = taken;
    BOOST_TEST(shared.data<std::int64_t>().data() == memory);
    BOOST_TEST(shared.bytes().size() == 24U);
}

BOOST_AUTO_TEST_CASE(tensors_refuse_what_cannot_be) {
    const std::vector<float> two{1, 2};
    BOOST_CHECK_EXCEPTION(onecnn::Tensor(two, {3}), onecnn::Error, says(onecnn::Status::invalid_argument, "3"));
    BOOST_CHECK_EXCEPTION(onecnn::Tensor(std::vector<float>{1}, {3}), onecnn::Error,
                          says(onecnn::Status::invalid_argument, "12"));
    onecnn::Tensor floats(two, {2});
    BOOST_CHECK_EXCEPTION(static_cast<void>(floats.data<int>()), onecnn::Error,
                          says(onecnn::Status::invalid_argument, "type"));
}

BOOST_AUTO_TEST_CASE(values_are_strings_sequences_maps_and_nothing) {
    const std::vector<std::string> texts{"a", "bc"};
    const auto strings = onecnn::Value::strings(texts, {2});
    BOOST_TEST(strings.strings() == texts, boost::test_tools::per_element());
    const auto map = onecnn::Value::map(strings, onecnn::Tensor(std::vector<float>{1, 2}, {2}));
    BOOST_CHECK(map.kind() == onecnn::Kind::map);
    BOOST_TEST(map.values().tensor().data<float>()[1] == 2);
    const std::vector<onecnn::Value> items{map, onecnn::Value()};
    const auto sequence = onecnn::Value::sequence(items);
    BOOST_TEST(sequence.size() == 2U);
    BOOST_CHECK(sequence.at(1).kind() == onecnn::Kind::optional);
    BOOST_CHECK_EXCEPTION(static_cast<void>(map.tensor()), onecnn::Error,
                          says(onecnn::Status::invalid_argument, "tensor"));
}

BOOST_AUTO_TEST_CASE(a_run_loops_over_the_callers_memory) {
    onecnn::Run run(relu());
    std::vector<float> x(4);
    std::vector<float> y(4);
    const std::array<std::int64_t, 2> dims{1, 4};
    run.set_input<float>(0, x, dims);
    run.set_output<float>(0, y);
    for (const float value : {1.0F, -1.0F, 2.0F}) {
        x[3] = value;
        run.execute();
        BOOST_TEST(y[3] == std::max(value, 0.0F));
    }
    run.unbind_output(0);
    run.execute();
    BOOST_TEST(run.output(0).data<float>() == x, same);
}

BOOST_AUTO_TEST_CASE(a_run_can_be_cancelled_and_has_deadlines) {
    onecnn::Run run(relu());
    run.bind_input(0, onecnn::Tensor(onecnn::DType::float32, {1, 4}));
    std::thread([&run] { run.cancel(); }).join();
    BOOST_CHECK_EXCEPTION(run.execute(), onecnn::Error, says(onecnn::Status::cancelled, ""));
    run.set_deadline(std::chrono::nanoseconds(1));
    BOOST_CHECK_EXCEPTION(run.execute(), onecnn::Error, says(onecnn::Status::deadline_exceeded, ""));
    run.set_deadline(std::chrono::nanoseconds(0));
    run.execute();
}

BOOST_AUTO_TEST_CASE(failures_to_load_have_their_status) {
    BOOST_CHECK_EXCEPTION(onecnn::Model("no-such-file.onnx"), onecnn::Error,
                          says(onecnn::Status::io, "no-such-file.onnx"));
    const std::string garbage = "no model at all";
    BOOST_CHECK_EXCEPTION(onecnn::Model(std::as_bytes(std::span(garbage))), onecnn::Error,
                          says(onecnn::Status::invalid_model, ""));
    BOOST_CHECK_EXCEPTION(onecnn::Options().threads(-1), onecnn::Error,
                          says(onecnn::Status::invalid_argument, "threads"));
}

BOOST_AUTO_TEST_SUITE_END()
