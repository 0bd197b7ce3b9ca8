// SPDX-License-Identifier: Apache-2.0
#include <onecnn/onecnn.h>

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "guard.h"
#include "handles.h"

namespace onecnn::capi {
namespace {

struct IntOption {
    std::string_view key;
    std::int64_t least;
    std::int64_t most;
    void (*set)(core::Options& options, std::int64_t value);
};

struct StringOption {
    std::string_view key;
    void (*set)(onecnn_options& options, std::string_view value);
};

constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max();

constexpr std::array int_options{
    IntOption{"threads", 0, 4096, [](core::Options& o, std::int64_t value) { o.threads = static_cast<int>(value); }},
    IntOption{"deterministic", 0, 1, [](core::Options& o, std::int64_t value) { o.deterministic = value != 0; }},
    IntOption{"tune", 0, 1, [](core::Options& o, std::int64_t value) { o.tune = value != 0; }},
    IntOption{"optimize", 0, 1, [](core::Options& o, std::int64_t value) { o.optimize = value != 0; }},
    IntOption{"max_model_bytes", 1, any, [](core::Options& o, std::int64_t value) { o.limits.model_bytes = value; }},
    IntOption{"max_external_bytes", 0, any,
              [](core::Options& o, std::int64_t value) { o.limits.external_bytes = value; }},
    IntOption{"max_nodes", 1, any, [](core::Options& o, std::int64_t value) { o.limits.nodes = value; }},
    IntOption{"max_tensor_bytes", 1, any, [](core::Options& o, std::int64_t value) { o.limits.tensor_bytes = value; }},
    IntOption{"max_run_bytes", 1, any, [](core::Options& o, std::int64_t value) { o.limits.run_bytes = value; }},
    IntOption{"max_plan_bytes", 0, any, [](core::Options& o, std::int64_t value) { o.limits.plan_bytes = value; }},
};

void set_precision(onecnn_options& /*options*/, std::string_view value) {
    if (value != "f32") {
        core::fail(core::ErrorCode::invalid_argument, "option 'precision' is '", value, "'; the one there is: 'f32'");
    }
}

void set_memory(onecnn_options& options, std::string_view value) {
    if (value != "normal" && value != "low") {
        core::fail(core::ErrorCode::invalid_argument, "option 'memory' is '", value, "'; there are: 'normal', 'low'");
    }
    options.options.low_memory = value == "low";
}

constexpr std::array string_options{
    StringOption{"precision", set_precision},
    StringOption{"memory", set_memory},
    StringOption{"external_data", [](onecnn_options& o, std::string_view value) { o.options.external_data = value; }},
    StringOption{"compiled_from", [](onecnn_options& o, std::string_view value) { o.compiled_from = value; }},
};

template <typename Table>
const auto& find(const Table& table, std::string_view key, const char* kind) {
    std::string keys;
    for (const auto& option : table) {
        if (option.key == key) {
            return option;
        }
        keys.append(keys.empty() ? "" : ", ").append(option.key);
    }
    core::fail(core::ErrorCode::invalid_argument, "no ", kind, " option '", key, "'; there are: ", keys);
}

}  // namespace
}  // namespace onecnn::capi

using namespace onecnn;
using capi::guard;
using capi::require;

onecnn_status onecnn_options_create(onecnn_options** out) {
    return guard([&] {
        require(out, "out");
        *out = std::make_unique<onecnn_options>().release();
    });
}

void onecnn_options_release(onecnn_options* options) { std::default_delete<onecnn_options>{}(options); }

onecnn_status onecnn_options_set_int(onecnn_options* options, const char* key, int64_t value) {
    return guard([&] {
        require(options, "options");
        require(key, "key");
        const auto& option = capi::find(capi::int_options, key, "integer");
        if (value < option.least || value > option.most) {
            core::fail(core::ErrorCode::invalid_argument, "option '", option.key, "' is ", value,
                       ", outside its range, ", option.least, " to ", option.most);
        }
        option.set(options->options, value);
    });
}

onecnn_status onecnn_options_set_string(onecnn_options* options, const char* key, const char* value) {
    return guard([&] {
        require(options, "options");
        require(key, "key");
        require(value, "value");
        capi::find(capi::string_options, key, "string").set(*options, value);
    });
}

onecnn_status onecnn_options_set_log(onecnn_options* options, onecnn_log_callback log, void* user) {
    return guard([&] {
        require(options, "options");
        if (log == nullptr) {
            options->options.log = nullptr;
            return;
        }
        options->options.log = [log, user](core::LogLevel level, const std::string& message) {
            log(user, static_cast<int32_t>(level), message.c_str());
        };
    });
}

onecnn_status onecnn_options_set_image_decoder(onecnn_options* options, onecnn_decode_image_callback decode,
                                               void* user) {
    return guard([&] {
        require(options, "options");
        if (decode == nullptr) {
            options->options.decode_image = nullptr;
            return;
        }
        options->options.decode_image = [decode, user](std::span<const std::byte> encoded,
                                                       const std::string& format) -> std::optional<core::Tensor> {
            onecnn_value* made = nullptr;
            const onecnn_status status = decode(user, encoded.data(), encoded.size(), format.c_str(), &made);
            const capi::Ref<onecnn_value> value{std::unique_ptr<onecnn_value>(made)};
            if (status != ONECNN_OK) {
                core::fail(core::ErrorCode::unsupported_operator, "the image decoder fails with ",
                           onecnn_status_name(status));
            }
            if (made == nullptr) {
                return std::nullopt;
            }
            const core::Tensor* pixels = made->datum.tensor();
            if (pixels == nullptr) {
                core::fail(core::ErrorCode::invalid_argument, "the image decoder gives ", core::describe(made->datum));
            }
            return *pixels;
        };
    });
}
