// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <onecnn/onecnn.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "runtime/datum.h"
#include "runtime/model.h"
#include "runtime/options.h"
#include "runtime/run.h"
#include "runtime/tensor.h"

namespace onecnn::capi {

/// A count of references that starts at one.
class Counted {
public:
    void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
    /// Whether that was the last reference.
    [[nodiscard]] bool drop() noexcept { return references_.fetch_sub(1, std::memory_order_acq_rel) == 1; }

private:
    std::atomic<std::size_t> references_{1};
};

template <typename Handle>
Handle* retain(Handle* handle) noexcept {
    if (handle != nullptr) {
        handle->retain();
    }
    return handle;
}

template <typename Handle>
void release(Handle* handle) noexcept {
    if (handle != nullptr && handle->drop()) {
        std::default_delete<Handle>{}(handle);
    }
}

/// One reference to a counted handle, or none.
template <typename Handle>
class Ref {
public:
    Ref() = default;
    /// Shares `handle`, which may be null.
    explicit Ref(Handle* handle) noexcept : handle_(capi::retain(handle)) {}
    /// Takes over the reference that a new handle starts with.
    explicit Ref(std::unique_ptr<Handle> created) noexcept : handle_(created.release()) {}
    Ref(Ref&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Ref& operator=(Ref other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Ref() { capi::release(handle_); }

    [[nodiscard]] Handle* get() const noexcept { return handle_; }
    [[nodiscard]] Handle* operator->() const noexcept { return handle_; }
    explicit operator bool() const noexcept { return handle_ != nullptr; }

    /// Gives the reference to the caller.
    [[nodiscard]] Handle* give() noexcept { return std::exchange(handle_, nullptr); }

private:
    Handle* handle_ = nullptr;
};

}  // namespace onecnn::capi

struct onecnn_options {
    onecnn::core::Options options;
    std::string compiled_from;  ///< the ONNX file that a compiled file must be of; empty: any
};

struct onecnn_type {
    explicit onecnn_type(const onecnn::core::ValueType& declared)
        : type(&declared),
          element(declared.element ? std::make_unique<const onecnn_type>(*declared.element) : nullptr) {}

    const onecnn::core::ValueType* type;
    std::unique_ptr<const onecnn_type> element;
};

struct onecnn_model : onecnn::capi::Counted {
    explicit onecnn_model(std::shared_ptr<const onecnn::core::Model> loaded);

    std::shared_ptr<const onecnn::core::Model> model;
    std::vector<onecnn_type> input_types;
    std::vector<onecnn_type> output_types;
};

struct onecnn_value : onecnn::capi::Counted {
    explicit onecnn_value(onecnn::core::Datum held) : datum(std::move(held)) {}

    onecnn::core::Datum datum;
};

struct onecnn_run {
    struct Output {
        onecnn::capi::Ref<onecnn_value> bound;
        /// Whether the last execution succeeded with the binding there is: an earlier one's memory may be gone.
        bool current = false;
    };

    explicit onecnn_run(onecnn_model* of);

    onecnn::capi::Ref<onecnn_model> model;
    onecnn::core::Run run;
    std::vector<onecnn::capi::Ref<onecnn_value>> inputs;
    std::vector<Output> outputs;
    std::string profile;  ///< the last one
};
