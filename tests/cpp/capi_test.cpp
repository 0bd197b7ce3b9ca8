// SPDX-License-Identifier: Apache-2.0
// The C ABI as a C program meets it, through the shared library alone.
#include <onecnn/onecnn.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "unary_model.h"

namespace {

using Model = std::unique_ptr<onecnn_model, decltype(&onecnn_model_release)>;
using Run = std::unique_ptr<onecnn_run, decltype(&onecnn_run_release)>;
using Value = std::unique_ptr<onecnn_value, decltype(&onecnn_value_release)>;

constexpr std::array<std::int64_t, 2> one_row{1, 4};
constexpr std::array<std::int64_t, 2> two_rows{2, 4};

void count_call(void* user) { ++*static_cast<int*>(user); }

Model load(const std::string& bytes, const onecnn_options* options = nullptr) {
    onecnn_model* model = nullptr;
    BOOST_REQUIRE_EQUAL(onecnn_model_load_memory(bytes.data(), bytes.size(), options, nullptr, nullptr, &model),
                        ONECNN_OK);
    return {model, onecnn_model_release};
}

Run create_run(const Model& model) {
    onecnn_run* run = nullptr;
    BOOST_REQUIRE_EQUAL(onecnn_run_create(model.get(), &run), ONECNN_OK);
    return {run, onecnn_run_release};
}

Value floats(std::array<std::int64_t, 2> dims) {
    onecnn_value* value = nullptr;
    BOOST_REQUIRE_EQUAL(onecnn_value_create(ONECNN_DTYPE_FLOAT32, 2, dims.data(), &value), ONECNN_OK);
    return {value, onecnn_value_release};
}

Value output_of(const Run& run) {
    onecnn_value* value = nullptr;
    BOOST_REQUIRE_EQUAL(onecnn_run_output(run.get(), 0, &value), ONECNN_OK);
    return {value, onecnn_value_release};
}

std::vector<float> elements(const Value& value) {
    const auto* data = static_cast<const float*>(onecnn_value_data(value.get()));
    return {data, data + onecnn_value_bytes(value.get()) / sizeof(float)};
}

void set_input(const Run& run, const std::vector<float>& x) {
    const std::array<std::int64_t, 2> dims{static_cast<std::int64_t>(x.size()) / 4, 4};
    BOOST_REQUIRE_EQUAL(onecnn_run_set_input_data(run.get(), 0, ONECNN_DTYPE_FLOAT32, 2, dims.data(), x.data(),
                                                  x.size() * sizeof(float)),
                        ONECNN_OK);
}

bool last_error_says(const std::string& part) {
    return std::string(onecnn_last_error()).find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(capi)

BOOST_AUTO_TEST_CASE(every_status_has_its_name) {
    BOOST_TEST(std::string(onecnn_status_name(ONECNN_OK)) == "OK");
    BOOST_TEST(std::string(onecnn_status_name(ONECNN_ERROR_INTERNAL)) == "INTERNAL");
    BOOST_TEST(std::string(onecnn_status_name(12345)) == "UNKNOWN");
}

BOOST_AUTO_TEST_CASE(the_library_names_itself) {
    BOOST_TEST(onecnn_abi_version() == 1);
    BOOST_TEST(std::string(onecnn_version()).find('.') != std::string::npos);
    BOOST_TEST(std::string(onecnn_build_info()).starts_with("oneDNN 3."));
}

BOOST_AUTO_TEST_CASE(null_handles_are_refused_and_have_nothing) {
    onecnn_model* model = nullptr;
    onecnn_run* run = nullptr;
    onecnn_value* value = nullptr;
    std::size_t index = 0;
    std::int64_t figure = 0;
    BOOST_TEST(onecnn_options_create(nullptr) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_options_set_int(nullptr, "threads", 1) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_options_set_string(nullptr, "precision", "f32") == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_options_set_log(nullptr, nullptr, nullptr) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_model_load_file(nullptr, nullptr, &model) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_model_load_file("m.onnx", nullptr, nullptr) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_model_load_memory(nullptr, 0, nullptr, nullptr, nullptr, &model) ==
               ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_model_input_index(nullptr, "x", &index) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_model_stat(nullptr, "nodes", &figure) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_model_trim(nullptr) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_model_run(nullptr, nullptr, 0, nullptr, 0) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_run_create(nullptr, &run) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_run_bind_input(nullptr, 0, nullptr) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_run_bind_output(nullptr, 0, nullptr) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_run_set_input_data(nullptr, 0, 1, 0, nullptr, nullptr, 0) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_run_set_output_data(nullptr, 0, nullptr, 0) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_run_execute(nullptr) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_run_output(nullptr, 0, &value) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_run_set_deadline(nullptr, 0) == ONECNN_ERROR_INVALID_ARGUMENT);
    onecnn_run_cancel(nullptr);
    onecnn_options_release(nullptr);
    onecnn_model_release(nullptr);
    onecnn_run_release(nullptr);
    onecnn_value_release(nullptr);
    BOOST_TEST(onecnn_model_retain(nullptr) == nullptr);
    BOOST_TEST(onecnn_value_retain(nullptr) == nullptr);
    BOOST_TEST(onecnn_model_input_count(nullptr) == 0U);
    BOOST_TEST(onecnn_model_output_name(nullptr, 0) == nullptr);
    BOOST_TEST(onecnn_model_input_type(nullptr, 0) == nullptr);
    BOOST_TEST(onecnn_model_metadata_count(nullptr) == 0U);
    BOOST_TEST(onecnn_model_metadata_key(nullptr, 0) == nullptr);
    BOOST_TEST(onecnn_model_property(nullptr, "summary") == nullptr);
    BOOST_TEST(onecnn_model_stat_key(nullptr, 0) == nullptr);
    BOOST_TEST(onecnn_type_kind(nullptr) == ONECNN_KIND_UNKNOWN);
    BOOST_TEST(onecnn_type_rank(nullptr) == -1);
    BOOST_TEST(onecnn_type_dim(nullptr, 0) == -1);
    BOOST_TEST(onecnn_type_dim_name(nullptr, 0) == nullptr);
    BOOST_TEST(onecnn_type_element(nullptr) == nullptr);
    BOOST_TEST(onecnn_value_kind(nullptr) == ONECNN_KIND_UNKNOWN);
    BOOST_TEST(onecnn_value_dtype(nullptr) == ONECNN_DTYPE_UNDEFINED);
    BOOST_TEST(onecnn_value_rank(nullptr) == -1);
    BOOST_TEST(onecnn_value_dims(nullptr) == nullptr);
    BOOST_TEST(onecnn_value_data(nullptr) == nullptr);
    BOOST_TEST(onecnn_value_bytes(nullptr) == 0U);
    BOOST_TEST((model == nullptr && run == nullptr && value == nullptr));
}

BOOST_AUTO_TEST_CASE(options_refuse_unknown_keys_and_values_out_of_range) {
    onecnn_options* options = nullptr;
    BOOST_REQUIRE_EQUAL(onecnn_options_create(&options), ONECNN_OK);
    const std::unique_ptr<onecnn_options, decltype(&onecnn_options_release)> owner(options, onecnn_options_release);
    BOOST_TEST(onecnn_options_set_int(options, "threads", 2) == ONECNN_OK);
    BOOST_TEST(onecnn_options_set_int(options, "threads", -1) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(last_error_says("-1"));
    BOOST_TEST(onecnn_options_set_int(options, "thread", 2) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(last_error_says("threads"));
    BOOST_TEST(onecnn_options_set_int(options, "deterministic", 2) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_options_set_string(options, "precision", "f32") == ONECNN_OK);
    BOOST_TEST(onecnn_options_set_string(options, "precision", "f16") == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_options_set_string(options, "threads", "2") == ONECNN_ERROR_INVALID_ARGUMENT);
    const Model model = load(onecnn::testing::unary_model(), options);
    std::int64_t threads = 0;
    BOOST_TEST(onecnn_model_stat(model.get(), "threads", &threads) == ONECNN_OK);
    BOOST_TEST(threads == 2);
    BOOST_TEST(onecnn_options_set_int(options, "max_model_bytes", 16) == ONECNN_OK);
    onecnn_model* refused = nullptr;
    const std::string bytes = onecnn::testing::unary_model();
    BOOST_TEST(onecnn_model_load_memory(bytes.data(), bytes.size(), options, nullptr, nullptr, &refused) ==
               ONECNN_ERROR_RESOURCE_LIMIT);
    BOOST_TEST(refused == nullptr);
}

BOOST_AUTO_TEST_CASE(a_model_describes_itself) {
    const Model model = load(onecnn::testing::unary_model());
    BOOST_TEST(onecnn_model_input_count(model.get()) == 1U);
    BOOST_TEST(onecnn_model_output_count(model.get()) == 1U);
    BOOST_TEST(std::string(onecnn_model_input_name(model.get(), 0)) == "x");
    BOOST_TEST(std::string(onecnn_model_output_name(model.get(), 0)) == "y");
    BOOST_TEST(onecnn_model_input_name(model.get(), 1) == nullptr);
    const onecnn_type* type = onecnn_model_input_type(model.get(), 0);
    BOOST_TEST(onecnn_type_kind(type) == ONECNN_KIND_TENSOR);
    BOOST_TEST(onecnn_type_dtype(type) == ONECNN_DTYPE_FLOAT32);
    BOOST_TEST(onecnn_type_rank(type) == 2);
    BOOST_TEST(onecnn_type_dim(type, 0) == -1);
    BOOST_TEST(std::string(onecnn_type_dim_name(type, 0)) == "N");
    BOOST_TEST(onecnn_type_dim(type, 1) == 4);
    BOOST_TEST(onecnn_type_dim_name(type, 1) == nullptr);
    BOOST_TEST(onecnn_type_dim(type, 2) == -1);
    BOOST_TEST(onecnn_type_dim(type, -1) == -1);
    BOOST_TEST(onecnn_model_metadata_count(model.get()) == 1U);
    BOOST_TEST(std::string(onecnn_model_metadata_key(model.get(), 0)) == "colour");
    BOOST_TEST(std::string(onecnn_model_metadata_value(model.get(), 0)) == "green");
    BOOST_TEST(onecnn_model_metadata_value(model.get(), 1) == nullptr);
    BOOST_TEST(std::string(onecnn_model_property(model.get(), "producer_name")) == "a test");
    BOOST_TEST(std::string(onecnn_model_property(model.get(), "summary")).find("Relu") != std::string::npos);
    BOOST_TEST(onecnn_model_property(model.get(), "colour") == nullptr);
    std::int64_t opset = 0;
    BOOST_TEST(onecnn_model_stat(model.get(), "opset", &opset) == ONECNN_OK);
    BOOST_TEST(opset == 18);
    BOOST_TEST(onecnn_model_stat(model.get(), "colour", &opset) == ONECNN_ERROR_INVALID_ARGUMENT);
    std::vector<std::string> keys;
    while (const char* key = onecnn_model_stat_key(model.get(), keys.size())) {
        BOOST_TEST(onecnn_model_stat(model.get(), key, &opset) == ONECNN_OK);
        keys.emplace_back(key);
    }
    for (const char* key : {"ir_version", "weight_bytes", "plan_evictions", "threads"}) {
        BOOST_TEST(std::ranges::count(keys, key) == 1);
    }
    BOOST_TEST(onecnn_model_stat_key(model.get(), SIZE_MAX) == nullptr);
    std::size_t index = 7;
    BOOST_TEST(onecnn_model_output_index(model.get(), "y", &index) == ONECNN_OK);
    BOOST_TEST(index == 0U);
    BOOST_TEST(onecnn_model_input_index(model.get(), "image", &index) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(last_error_says("'image'"));
    BOOST_TEST(last_error_says("'x'"));
}

BOOST_AUTO_TEST_CASE(lent_model_bytes_are_released_exactly_once) {
    const std::string bytes = onecnn::testing::unary_model();
    int released = 0;
    onecnn_model* model = nullptr;
    BOOST_TEST(onecnn_model_load_memory(bytes.data(), bytes.size(), nullptr, count_call, &released, &model) ==
               ONECNN_OK);
    onecnn_model_release(model);
    BOOST_TEST(released == 1);
    const std::string garbage = "no model at all";
    BOOST_TEST(onecnn_model_load_memory(garbage.data(), garbage.size(), nullptr, count_call, &released, &model) ==
               ONECNN_ERROR_INVALID_MODEL);
    BOOST_TEST(released == 2);
    BOOST_TEST(onecnn_model_load_memory(garbage.data(), garbage.size(), nullptr, count_call, &released, nullptr) ==
               ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(released == 3);
}

BOOST_AUTO_TEST_CASE(files_that_are_absent_and_operators_that_are_unknown_are_named) {
    onecnn_model* model = nullptr;
    BOOST_TEST(onecnn_model_load_file("no-such-file.onnx", nullptr, &model) == ONECNN_ERROR_IO);
    BOOST_TEST(last_error_says("no-such-file.onnx"));
    const std::string bytes = onecnn::testing::unary_model("Frobnicate");
    BOOST_TEST(onecnn_model_load_memory(bytes.data(), bytes.size(), nullptr, nullptr, nullptr, &model) ==
               ONECNN_ERROR_UNSUPPORTED_OPERATOR);
    BOOST_TEST(last_error_says("Frobnicate"));
    BOOST_TEST(last_error_says("'n'"));
    BOOST_TEST(model == nullptr);
}

BOOST_AUTO_TEST_CASE(the_last_error_is_each_threads_own) {
    BOOST_TEST(onecnn_model_load_file(nullptr, nullptr, nullptr) == ONECNN_ERROR_INVALID_ARGUMENT);
    std::string other = "unset";
    std::thread([&other] { other = onecnn_last_error(); }).join();
    BOOST_TEST(other.empty());
    BOOST_TEST(last_error_says("path"));
}

BOOST_AUTO_TEST_CASE(created_values_are_zeros) {
    const Value value = floats(two_rows);
    BOOST_TEST(onecnn_value_kind(value.get()) == ONECNN_KIND_TENSOR);
    BOOST_TEST(onecnn_value_rank(value.get()) == 2);
    BOOST_TEST(onecnn_value_dims(value.get())[0] == 2);
    BOOST_TEST(elements(value) == std::vector<float>(8), boost::test_tools::per_element());
    onecnn_value* scalar = nullptr;
    BOOST_REQUIRE_EQUAL(onecnn_value_create(ONECNN_DTYPE_INT64, 0, nullptr, &scalar), ONECNN_OK);
    BOOST_TEST(onecnn_value_bytes(scalar) == sizeof(std::int64_t));
    onecnn_value_release(scalar);
}

BOOST_AUTO_TEST_CASE(values_hold_strings_sequences_maps_and_nothing) {
    onecnn_value* strings = nullptr;
    const std::array<std::int64_t, 1> two{2};
    BOOST_REQUIRE_EQUAL(onecnn_value_create(ONECNN_DTYPE_STRING, 1, two.data(), &strings), ONECNN_OK);
    BOOST_REQUIRE_EQUAL(onecnn_value_string_set(strings, 1, "b\0c", 3), ONECNN_OK);
    const char* text = nullptr;
    std::size_t bytes = 0;
    BOOST_REQUIRE_EQUAL(onecnn_value_string_get(strings, 1, &text, &bytes), ONECNN_OK);
    BOOST_TEST(std::string(text, bytes) == std::string("b\0c", 3));
    BOOST_TEST(onecnn_value_string_get(strings, 2, &text, &bytes) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_value_data(strings) == nullptr);

    onecnn_value* numbers = nullptr;
    BOOST_REQUIRE_EQUAL(onecnn_value_create(ONECNN_DTYPE_FLOAT32, 1, two.data(), &numbers), ONECNN_OK);
    onecnn_value* map = nullptr;
    BOOST_TEST(onecnn_value_create_map(numbers, strings, &map) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_REQUIRE_EQUAL(onecnn_value_create_map(strings, numbers, &map), ONECNN_OK);
    BOOST_TEST(onecnn_value_kind(map) == ONECNN_KIND_MAP);
    onecnn_value* keys = nullptr;
    BOOST_REQUIRE_EQUAL(onecnn_value_map_keys(map, &keys), ONECNN_OK);
    BOOST_TEST(onecnn_value_dtype(keys) == ONECNN_DTYPE_STRING);

    onecnn_value* nothing = nullptr;
    BOOST_REQUIRE_EQUAL(onecnn_value_create_nothing(&nothing), ONECNN_OK);
    BOOST_TEST(onecnn_value_kind(nothing) == ONECNN_KIND_OPTIONAL);
    const std::array<onecnn_value*, 2> items{map, nothing};
    onecnn_value* sequence = nullptr;
    BOOST_REQUIRE_EQUAL(onecnn_value_create_sequence(items.data(), 2, &sequence), ONECNN_OK);
    BOOST_TEST(onecnn_value_count(sequence) == 2U);
    onecnn_value* item = nullptr;
    BOOST_REQUIRE_EQUAL(onecnn_value_at(sequence, 0, &item), ONECNN_OK);
    BOOST_TEST(onecnn_value_kind(item) == ONECNN_KIND_MAP);
    BOOST_TEST(onecnn_value_at(sequence, 2, &item) == ONECNN_ERROR_INVALID_ARGUMENT);
    for (onecnn_value* value : {strings, numbers, map, keys, nothing, sequence, item}) {
        onecnn_value_release(value);
    }
}

BOOST_AUTO_TEST_CASE(values_that_cannot_be_are_refused) {
    onecnn_value* value = nullptr;
    const std::array<std::int64_t, 1> negative{-1};
    const std::array<std::int64_t, 3> huge{INT64_MAX, INT64_MAX, 2};
    BOOST_TEST(onecnn_value_create(99, 0, nullptr, &value) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_value_create(ONECNN_DTYPE_INT8, 1, nullptr, &value) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_value_create(ONECNN_DTYPE_INT8, -1, one_row.data(), &value) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_value_create(ONECNN_DTYPE_INT8, 1000, one_row.data(), &value) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_value_create(ONECNN_DTYPE_INT8, 1, negative.data(), &value) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_value_create(ONECNN_DTYPE_INT8, 3, huge.data(), &value) == ONECNN_ERROR_RESOURCE_LIMIT);
    BOOST_TEST(value == nullptr);
}

// A sanitizer's allocator ends the process instead.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
BOOST_AUTO_TEST_CASE(memory_that_the_system_lacks_is_an_error) {
    const std::array<std::int64_t, 1> petabytes{std::int64_t{1} << 56};
    onecnn_value* value = nullptr;
    BOOST_TEST(onecnn_value_create(ONECNN_DTYPE_INT8, 1, petabytes.data(), &value) == ONECNN_ERROR_OUT_OF_MEMORY);
    BOOST_TEST(value == nullptr);
}
#endif

BOOST_AUTO_TEST_CASE(row_major_memory_is_wrapped_in_place_and_released_with_the_value) {
    std::array<float, 4> memory{1, 2, 3, 4};
    int released = 0;
    onecnn_value* value = nullptr;
    BOOST_REQUIRE_EQUAL(onecnn_value_wrap(ONECNN_DTYPE_FLOAT32, 2, one_row.data(), memory.data(), sizeof memory,
                                          nullptr, count_call, &released, &value),
                        ONECNN_OK);
    BOOST_TEST(onecnn_value_data(value) == memory.data());
    BOOST_TEST(onecnn_value_retain(value) == value);
    onecnn_value_release(value);
    BOOST_TEST(released == 0);
    onecnn_value_release(value);
    BOOST_TEST(released == 1);
}

BOOST_AUTO_TEST_CASE(strided_memory_is_copied_to_row_major) {
    const std::array<float, 6> memory{1, 2, 3, 4, 5, 6};
    const std::array<std::int64_t, 2> dims{3, 2};
    const auto wrap = [&](std::size_t first, std::size_t bytes, std::array<std::int64_t, 2> strides) {
        int released = 0;
        onecnn_value* value = nullptr;
        const onecnn_status status =
            onecnn_value_wrap(ONECNN_DTYPE_FLOAT32, 2, dims.data(), const_cast<float*>(memory.data() + first), bytes,
                              strides.data(), count_call, &released, &value);
        BOOST_TEST(released == 1);
        return status == ONECNN_OK ? elements(Value(value, onecnn_value_release)) : std::vector<float>{};
    };
    const auto same = boost::test_tools::per_element();
    BOOST_TEST(wrap(0, sizeof memory, {1, 3}) == (std::vector<float>{1, 4, 2, 5, 3, 6}), same);      // transposed
    BOOST_TEST(wrap(5, sizeof memory, {-2, -1}) == (std::vector<float>{6, 5, 4, 3, 2, 1}), same);    // reversed
    BOOST_TEST(wrap(0, 2 * sizeof(float), {0, 1}) == (std::vector<float>{1, 2, 1, 2, 1, 2}), same);  // broadcast
    BOOST_TEST(wrap(0, sizeof memory - 1, {1, 3}).empty());
    BOOST_TEST(wrap(0, sizeof memory, {INT64_MAX, INT64_MIN}).empty());
}

BOOST_AUTO_TEST_CASE(memory_that_cannot_be_wrapped_is_released_all_the_same) {
    std::array<float, 4> memory{};
    int released = 0;
    onecnn_value* value = nullptr;
    const auto wrap = [&](onecnn_dtype dtype, const std::int64_t* dims, void* data, std::size_t bytes) {
        return onecnn_value_wrap(dtype, 2, dims, data, bytes, nullptr, count_call, &released, &value);
    };
    BOOST_TEST(wrap(ONECNN_DTYPE_FLOAT32, two_rows.data(), memory.data(), sizeof memory) ==
               ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(last_error_says("32"));
    BOOST_TEST(wrap(ONECNN_DTYPE_FLOAT32, one_row.data(), nullptr, sizeof memory) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(wrap(0, one_row.data(), memory.data(), sizeof memory) == ONECNN_ERROR_INVALID_ARGUMENT);
    char* odd = reinterpret_cast<char*>(memory.data()) + 1;
    const std::array<std::int64_t, 2> small{1, 1};
    BOOST_TEST(wrap(ONECNN_DTYPE_FLOAT32, small.data(), odd, 8) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(released == 4);
    BOOST_TEST(value == nullptr);
}

BOOST_AUTO_TEST_CASE(a_run_reads_and_writes_the_callers_memory) {
    const Model model = load(onecnn::testing::unary_model());
    const Run run = create_run(model);
    const std::vector<float> x{-1, 2, -3, 4};
    std::vector<float> y(4, 9);
    set_input(run, x);
    BOOST_TEST(onecnn_run_set_output_data(run.get(), 0, y.data(), y.size() * sizeof(float)) == ONECNN_OK);
    BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_OK);
    BOOST_TEST(y == (std::vector<float>{0, 2, 0, 4}), boost::test_tools::per_element());
    BOOST_TEST(onecnn_value_data(output_of(run).get()) == y.data());
}

BOOST_AUTO_TEST_CASE(outputs_of_its_own_stay_unchanged_whatever_becomes_of_the_run) {
    Model model = load(onecnn::testing::unary_model());
    Run run = create_run(model);
    model.reset();
    const std::vector<float> x{1, 2, 3, 4};
    const std::vector<float> other{5, 6, 7, 8};
    set_input(run, x);
    BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_OK);
    const Value first = output_of(run);
    set_input(run, other);
    BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_OK);
    run.reset();
    BOOST_TEST(elements(first) == x, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(bound_values_are_kept_and_filled) {
    const Model model = load(onecnn::testing::unary_model());
    const Run run = create_run(model);
    Value x = floats(one_row);
    static_cast<float*>(onecnn_value_data(x.get()))[2] = 3;
    Value y = floats(one_row);
    BOOST_TEST(onecnn_run_bind_input(run.get(), 0, x.get()) == ONECNN_OK);
    BOOST_TEST(onecnn_run_bind_output(run.get(), 0, y.get()) == ONECNN_OK);
    const onecnn_value* bound = y.get();
    x.reset();
    y.reset();
    BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_OK);
    const Value output = output_of(run);
    BOOST_TEST(output.get() == bound);
    BOOST_TEST(elements(output) == (std::vector<float>{0, 0, 3, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(bindings_that_do_not_fit_are_refused) {
    const Model model = load(onecnn::testing::unary_model());
    const Run run = create_run(model);
    const std::vector<float> x(8, 1);
    const std::array<std::int64_t, 2> narrow{1, 3};
    const auto set = [&](std::size_t index, onecnn_dtype dtype, const std::int64_t* dims, std::size_t bytes) {
        return onecnn_run_set_input_data(run.get(), index, dtype, 2, dims, x.data(), bytes);
    };
    BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(last_error_says("'x'"));
    BOOST_TEST(set(1, ONECNN_DTYPE_FLOAT32, one_row.data(), 16) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(set(0, ONECNN_DTYPE_INT32, one_row.data(), 16) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(set(0, ONECNN_DTYPE_FLOAT32, narrow.data(), 12) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(last_error_says("[1, 3]"));
    BOOST_TEST(set(0, ONECNN_DTYPE_FLOAT32, one_row.data(), 12) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_run_set_output_data(run.get(), 1, nullptr, 0) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_run_set_deadline(run.get(), -1) == ONECNN_ERROR_INVALID_ARGUMENT);

    set_input(run, x);
    std::array<float, 4> small{};
    BOOST_TEST(onecnn_run_set_output_data(run.get(), 0, small.data(), sizeof small) == ONECNN_OK);
    BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_ERROR_INVALID_ARGUMENT);
    const Value turned = floats({4, 2});
    BOOST_TEST(onecnn_run_bind_output(run.get(), 0, turned.get()) == ONECNN_OK);
    BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(last_error_says("[4, 2]"));
    BOOST_TEST(onecnn_run_bind_output(run.get(), 0, nullptr) == ONECNN_OK);
    BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_OK);
}

BOOST_AUTO_TEST_CASE(a_bound_output_that_does_not_fit_is_found_before_it_is_written) {
    const Model model = load(onecnn::testing::unary_model());
    const Run run = create_run(model);
    const std::vector<float> x(8, 1);
    set_input(run, x);
    const Value turned = floats({4, 2});
    BOOST_TEST(onecnn_run_bind_output(run.get(), 0, turned.get()) == ONECNN_OK);
    BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(elements(turned) == std::vector<float>(8), boost::test_tools::per_element());
    const Value right = floats(two_rows);
    BOOST_TEST(onecnn_run_bind_output(run.get(), 0, right.get()) == ONECNN_OK);
    BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_OK);
    BOOST_TEST(elements(right) == x, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_output_whose_type_is_open_is_checked_against_what_the_run_gives) {
    onecnn::testing::ModelBytes bytes;
    bytes.outputs = {onecnn::testing::Bytes().bytes(1, "y")};
    const Model model = load(bytes.str());
    const Run run = create_run(model);
    const std::vector<float> x(4, 1);
    set_input(run, x);
    std::array<float, 5> memory{};
    char* odd = reinterpret_cast<char*>(memory.data()) + 1;
    BOOST_TEST(onecnn_run_set_output_data(run.get(), 0, odd, 16) == ONECNN_OK);
    BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(last_error_says("not aligned to 4 bytes"));
    onecnn_value* integers = nullptr;
    BOOST_REQUIRE_EQUAL(onecnn_value_create(ONECNN_DTYPE_INT32, 2, one_row.data(), &integers), ONECNN_OK);
    const Value owner(integers, onecnn_value_release);
    BOOST_TEST(onecnn_run_bind_output(run.get(), 0, integers) == ONECNN_OK);
    BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(last_error_says("int32[1, 4]"));
}

BOOST_AUTO_TEST_CASE(an_output_is_there_only_while_its_binding_lasts) {
    const Model model = load(onecnn::testing::unary_model());
    const Run run = create_run(model);
    onecnn_value* value = nullptr;
    BOOST_TEST(onecnn_run_output(run.get(), 0, &value) == ONECNN_ERROR_INVALID_ARGUMENT);
    const std::vector<float> x(4, 1);
    set_input(run, x);
    {
        std::vector<float> y(4);
        BOOST_TEST(onecnn_run_set_output_data(run.get(), 0, y.data(), y.size() * sizeof(float)) == ONECNN_OK);
        BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_OK);
        BOOST_TEST(onecnn_run_set_output_data(run.get(), 0, nullptr, 0) == ONECNN_OK);
    }
    BOOST_TEST(onecnn_run_output(run.get(), 0, &value) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(value == nullptr);
    BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_OK);
    BOOST_TEST(elements(output_of(run)) == x, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(cancelling_stops_one_execution) {
    const Model model = load(onecnn::testing::unary_model());
    const Run run = create_run(model);
    const std::vector<float> x(4, 1);
    set_input(run, x);
    std::thread([&run] { onecnn_run_cancel(run.get()); }).join();
    BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_ERROR_CANCELLED);
    BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_OK);
}

BOOST_AUTO_TEST_CASE(a_deadline_holds_until_it_is_lifted) {
    const Model model = load(onecnn::testing::unary_model());
    const Run run = create_run(model);
    const std::vector<float> x(4, 1);
    set_input(run, x);
    BOOST_TEST(onecnn_run_set_deadline(run.get(), 1) == ONECNN_OK);
    BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_ERROR_DEADLINE_EXCEEDED);
    BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_ERROR_DEADLINE_EXCEEDED);
    BOOST_TEST(onecnn_run_set_deadline(run.get(), 0) == ONECNN_OK);
    BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_OK);
}

BOOST_AUTO_TEST_CASE(one_call_runs_a_model_on_values) {
    const Model model = load(onecnn::testing::unary_model());
    const Value x = floats(two_rows);
    static_cast<float*>(onecnn_value_data(x.get()))[7] = 5;
    onecnn_value* inputs[] = {x.get()};
    onecnn_value* outputs[] = {nullptr};
    BOOST_TEST(onecnn_model_run(model.get(), inputs, 2, outputs, 1) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(onecnn_model_run(model.get(), nullptr, 1, outputs, 1) == ONECNN_ERROR_INVALID_ARGUMENT);
    onecnn_value* missing[] = {nullptr};
    BOOST_TEST(onecnn_model_run(model.get(), missing, 1, outputs, 1) == ONECNN_ERROR_INVALID_ARGUMENT);
    BOOST_TEST(outputs[0] == nullptr);
    BOOST_TEST(onecnn_model_run(model.get(), inputs, 1, outputs, 1) == ONECNN_OK);
    const Value y(outputs[0], onecnn_value_release);
    BOOST_TEST(elements(y) == (std::vector<float>{0, 0, 0, 0, 0, 0, 0, 5}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(trimming_gives_back_the_plans_that_no_run_holds) {
    const Model model = load(onecnn::testing::unary_model());
    const auto plans = [&model] {
        std::int64_t count = -1;
        BOOST_TEST(onecnn_model_stat(model.get(), "plans", &count) == ONECNN_OK);
        return count;
    };
    {
        const Run run = create_run(model);
        const std::vector<float> x(4, 1);
        set_input(run, x);
        BOOST_TEST(onecnn_run_execute(run.get()) == ONECNN_OK);
        BOOST_TEST(onecnn_model_trim(model.get()) == ONECNN_OK);
        BOOST_TEST(plans() == 1);
    }
    BOOST_TEST(onecnn_model_trim(model.get()) == ONECNN_OK);
    BOOST_TEST(plans() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
