// SPDX-License-Identifier: Apache-2.0
// The loop that binds memory and executes must not allocate.
#include <onecnn/onecnn.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

#include "allocations.h"
#include "unary_model.h"

namespace onecnn::testing {

std::atomic<std::int64_t> allocations{0};
std::atomic<std::int64_t> allocated_bytes{0};

}  // namespace onecnn::testing

using onecnn::testing::allocations;

namespace {

void* counted_or_null(std::size_t bytes) noexcept {
    ++allocations;
    onecnn::testing::allocated_bytes += static_cast<std::int64_t>(bytes);
    return std::malloc(bytes == 0 ? 1 : bytes);
}

void* counted(std::size_t bytes) {
    if (void* memory = counted_or_null(bytes)) {
        return memory;
    }
    throw std::bad_alloc();
}

}  // namespace

// They replace the library's too: its calls are resolved to the program's.
void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
// Without throwing too: what these give, the operators below take back.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return counted_or_null(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return counted_or_null(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

BOOST_AUTO_TEST_SUITE(capi_loop)

BOOST_AUTO_TEST_CASE(binding_memory_and_executing_allocates_nothing) {
    // Executing a oneDNN primitive allocates inside oneDNN; this model needs none.
    const std::string bytes = onecnn::testing::unary_model("Identity");
    onecnn_options* options = nullptr;
    onecnn_model* model = nullptr;
    onecnn_run* run = nullptr;
    BOOST_REQUIRE_EQUAL(onecnn_options_create(&options), ONECNN_OK);
    BOOST_REQUIRE_EQUAL(onecnn_options_set_int(options, "threads", 1), ONECNN_OK);
    const std::int64_t before_loading = allocations;
    BOOST_REQUIRE_EQUAL(onecnn_model_load_memory(bytes.data(), bytes.size(), options, nullptr, nullptr, &model),
                        ONECNN_OK);
    BOOST_TEST(allocations > before_loading);
    BOOST_REQUIRE_EQUAL(onecnn_run_create(model, &run), ONECNN_OK);

    const std::array<std::int64_t, 2> dims{1, 4};
    const std::array<float, 4> x{-1, 2, -3, 4};
    std::array<float, 4> y{};
    onecnn_status status = ONECNN_OK;
    const auto turn = [&] {
        status |= onecnn_run_set_input_data(run, 0, ONECNN_DTYPE_FLOAT32, 2, dims.data(), x.data(), sizeof x);
        status |= onecnn_run_set_output_data(run, 0, y.data(), sizeof y);
        status |= onecnn_run_execute(run);
    };
    turn();
    const std::int64_t before = allocations;
    for (int i = 0; i < 100; ++i) {
        turn();
    }
    const std::int64_t after = allocations;
    BOOST_TEST(status == ONECNN_OK);
    BOOST_TEST(y[1] == 2);
    BOOST_TEST(after == before);
    onecnn_run_release(run);
    onecnn_model_release(model);
    onecnn_options_release(options);
}

BOOST_AUTO_TEST_SUITE_END()
