// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "runtime/tensor.h"

namespace onecnn::core {

/// The most that a model or a run may take; passing one is ResourceLimit.
struct Limits {
    std::int64_t model_bytes = std::int64_t{2} << 30;
    std::int64_t external_bytes = std::int64_t{16} << 30;
    std::int64_t nodes = 100'000;
    std::int64_t tensor_bytes = std::int64_t{16} << 30;
    std::int64_t run_bytes = std::int64_t{32} << 30;
    std::int64_t plan_bytes = std::int64_t{1} << 30;
};

enum class LogLevel : int { error = 0, warning = 1, information = 2 };

/// How a model is loaded and run.
struct Options {
    int threads = 0;  ///< most threads of one run; 0: what affinity and the cgroup's quota allow
    bool deterministic = false;
    bool low_memory = false;  ///< forgo what takes memory only to be faster
    bool optimize = true;
    bool tune =
        false;  ///< measure ways of computing nodes whenever a plan is made for new shapes, and keep the fastest
    std::string external_data;  ///< folder of external data files; empty: the model file's own
    Limits limits;
    std::function<void(LogLevel, const std::string&)> log;  ///< may be empty
    /// For the operator ImageDecoder: pixels, uint8 [height, width, channels], of an encoded image in "RGB", "BGR" or
    /// "Grayscale"; nothing where it cannot be decoded. May be empty. From any thread.
    std::function<std::optional<Tensor>(std::span<const std::byte>, const std::string& pixel_format)> decode_image;
};

}  // namespace onecnn::core
