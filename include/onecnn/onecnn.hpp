// SPDX-License-Identifier: Apache-2.0
/// @file onecnn.hpp
/// The C++20 API: load an ONNX model, run it on CPU. Header-only, on the C ABI alone, so that a program keeps working with
/// every later `libonecnn.so.1`.
///
///     onecnn::Model model("digits.onnx");
///     std::vector<float> pixels(784);
///     auto outputs = model.run({onecnn::Tensor(pixels, {1, 1, 28, 28})});
///     std::span<const float> probabilities = outputs[0].data<float>();
///
/// Everything that fails throws onecnn::Error. Models and tensors are references: a copy shares what it was copied from, and
/// any number of threads may use them at once, as long as nobody writes to a tensor's elements. A Run belongs to one thread.
#pragma once

#include <onecnn/onecnn.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace onecnn {

// ---- errors -------------------------------------------------------------------------------------------------------

/// Why something could not be done.
enum class Status : onecnn_status {
    invalid_model = ONECNN_ERROR_INVALID_MODEL,                ///< no ONNX model, or one that contradicts itself
    unsupported_operator = ONECNN_ERROR_UNSUPPORTED_OPERATOR,  ///< an operator, opset or data type the library lacks
    invalid_argument = ONECNN_ERROR_INVALID_ARGUMENT,          ///< a name, index, shape, type or option that cannot be
    resource_limit = ONECNN_ERROR_RESOURCE_LIMIT,              ///< a limit set by the options would be passed
    out_of_memory = ONECNN_ERROR_OUT_OF_MEMORY,                ///< the system gave no memory
    io = ONECNN_ERROR_IO,                                      ///< a file could not be opened or read
    cancelled = ONECNN_ERROR_CANCELLED,                        ///< Run::cancel was called
    deadline_exceeded = ONECNN_ERROR_DEADLINE_EXCEEDED,        ///< the run's deadline passed
    internal = ONECNN_ERROR_INTERNAL,                          ///< a defect of the library
};

/// What every failure throws: a status, and a sentence that names what was wrong.
class Error : public std::runtime_error {
public:
    Error(Status status, const std::string& message) : std::runtime_error(message), status_(status) {}

    [[nodiscard]] Status status() const noexcept { return status_; }

private:
    Status status_;
};

/// Throws the Error of a failed call of the C ABI on this thread.
inline void check(onecnn_status status) {
    if (status != ONECNN_OK) {
        throw Error(static_cast<Status>(status), onecnn_last_error());
    }
}

// ---- types --------------------------------------------------------------------------------------------------------

/// Element types, with the numbers of ONNX's TensorProto.DataType.
enum class DType : onecnn_dtype {
    undefined = ONECNN_DTYPE_UNDEFINED,
    float32 = ONECNN_DTYPE_FLOAT32,
    uint8 = ONECNN_DTYPE_UINT8,
    int8 = ONECNN_DTYPE_INT8,
    uint16 = ONECNN_DTYPE_UINT16,
    int16 = ONECNN_DTYPE_INT16,
    int32 = ONECNN_DTYPE_INT32,
    int64 = ONECNN_DTYPE_INT64,
    string = ONECNN_DTYPE_STRING,
    boolean = ONECNN_DTYPE_BOOL,
    float16 = ONECNN_DTYPE_FLOAT16,
    float64 = ONECNN_DTYPE_FLOAT64,
    uint32 = ONECNN_DTYPE_UINT32,
    uint64 = ONECNN_DTYPE_UINT64,
    bfloat16 = ONECNN_DTYPE_BFLOAT16,
    float8e4m3fn = ONECNN_DTYPE_FLOAT8E4M3FN,
    float8e4m3fnuz = ONECNN_DTYPE_FLOAT8E4M3FNUZ,
    float8e5m2 = ONECNN_DTYPE_FLOAT8E5M2,
    float8e5m2fnuz = ONECNN_DTYPE_FLOAT8E5M2FNUZ,
    uint4 = ONECNN_DTYPE_UINT4,
    int4 = ONECNN_DTYPE_INT4,
    float4e2m1 = ONECNN_DTYPE_FLOAT4E2M1,
    float8e8m0 = ONECNN_DTYPE_FLOAT8E8M0,
    uint2 = ONECNN_DTYPE_UINT2,
    int2 = ONECNN_DTYPE_INT2,
};

/// The DType that stores a C++ type as it is; undefined for all others.
template <typename T>
inline constexpr DType dtype_of = DType::undefined;
template <>
inline constexpr DType dtype_of<float> = DType::float32;
template <>
inline constexpr DType dtype_of<double> = DType::float64;
template <>
inline constexpr DType dtype_of<bool> = DType::boolean;
template <>
inline constexpr DType dtype_of<std::uint8_t> = DType::uint8;
template <>
inline constexpr DType dtype_of<std::int8_t> = DType::int8;
template <>
inline constexpr DType dtype_of<std::uint16_t> = DType::uint16;
template <>
inline constexpr DType dtype_of<std::int16_t> = DType::int16;
template <>
inline constexpr DType dtype_of<std::uint32_t> = DType::uint32;
template <>
inline constexpr DType dtype_of<std::int32_t> = DType::int32;
template <>
inline constexpr DType dtype_of<std::uint64_t> = DType::uint64;
template <>
inline constexpr DType dtype_of<std::int64_t> = DType::int64;

/// A C++ type that elements of a tensor can have.
template <typename T>
concept Element = dtype_of<T> != DType::undefined;

/// Dimensions, outermost first; empty for a scalar.
using Dims = std::vector<std::int64_t>;

/// One dimension as a model declares it: a number, a name, or neither.
struct Dim {
    std::int64_t value = -1;  ///< −1: not fixed by the model
    std::string name;         ///< "" when it has none
};

/// What a value is. An optional one that holds something is of that's kind.
enum class Kind : std::int32_t {
    unknown = ONECNN_KIND_UNKNOWN,
    tensor = ONECNN_KIND_TENSOR,
    sequence = ONECNN_KIND_SEQUENCE,
    map = ONECNN_KIND_MAP,
    optional = ONECNN_KIND_OPTIONAL,
};

/// What a model declares of an input or output.
struct TensorSpec {
    std::string name;
    DType dtype = DType::undefined;        ///< of a tensor's elements or a map's keys
    std::optional<std::vector<Dim>> dims;  ///< absent: the rank is unknown
    Kind kind = Kind::tensor;
    std::shared_ptr<const TensorSpec> element = nullptr;  ///< inside a sequence or optional, or a map's values
};

namespace detail {

/// A counted handle of the C ABI.
template <typename Handle, Handle* (*Retain)(Handle*), void (*Release)(Handle*)>
class Shared {
public:
    Shared() = default;
    /// Takes over one reference.
    explicit Shared(Handle* handle) noexcept : handle_(handle) {}
    Shared(const Shared& other) noexcept : handle_(Retain(other.handle_)) {}
    Shared(Shared&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Shared& operator=(Shared other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Shared() { Release(handle_); }

    [[nodiscard]] Handle* get() const noexcept { return handle_; }

private:
    Handle* handle_ = nullptr;
};

using SharedValue = Shared<onecnn_value, onecnn_value_retain, onecnn_value_release>;
using SharedModel = Shared<onecnn_model, onecnn_model_retain, onecnn_model_release>;

/// Deletes an owner that was given up to the C ABI.
template <typename Owner>
void delete_owner(void* owner) {
    std::default_delete<Owner>{}(static_cast<Owner*>(owner));
}

inline TensorSpec spec(const char* name, const onecnn_type* type) {
    TensorSpec spec{name, static_cast<DType>(onecnn_type_dtype(type)), std::nullopt,
                    static_cast<Kind>(onecnn_type_kind(type))};
    if (const onecnn_type* element = onecnn_type_element(type); element != nullptr) {
        spec.element = std::make_shared<const TensorSpec>(detail::spec("", element));
    }
    if (const std::int64_t rank = onecnn_type_rank(type); rank >= 0) {
        spec.dims.emplace();
        for (std::int64_t axis = 0; axis < rank; ++axis) {
            const char* symbol = onecnn_type_dim_name(type, axis);
            spec.dims->push_back({onecnn_type_dim(type, axis), symbol == nullptr ? "" : symbol});
        }
    }
    return spec;
}

}  // namespace detail

// ---- tensors ------------------------------------------------------------------------------------------------------

/// A dense row-major tensor. A copy shares the elements.
class Tensor {
public:
    /// A tensor of zeros.
    Tensor(DType dtype, const Dims& dims) {
        onecnn_value* value = nullptr;
        check(onecnn_value_create(static_cast<onecnn_dtype>(dtype), static_cast<std::int64_t>(dims.size()), dims.data(),
                                  &value));
        value_ = detail::SharedValue(value);
    }

    /// A copy of `elements`; there must be as many as the dimensions say.
    template <Element T>
    Tensor(std::span<const T> elements, const Dims& dims) : Tensor(dtype_of<T>, dims) {
        const std::span<T> mine = data<T>();
        if (mine.size() != elements.size()) {
            throw Error(Status::invalid_argument, std::to_string(elements.size()) +
                                                      " elements given, the dimensions take " +
                                                      std::to_string(mine.size()));
        }
        if (!elements.empty()) {
            std::memcpy(mine.data(), elements.data(), elements.size_bytes());
        }
    }

    template <Element T>
    Tensor(const std::vector<T>& elements, const Dims& dims) : Tensor(std::span<const T>(elements), dims) {}

    /// Takes the vector over: nothing is copied.
    template <Element T>
        requires(!std::is_same_v<T, bool>)
    Tensor(std::vector<T>&& elements, const Dims& dims) {
        auto owner = std::make_unique<std::vector<T>>(std::move(elements));
        T* const memory = owner->data();
        const std::size_t bytes = owner->size() * sizeof(T);
        value_ = wrap(dtype_of<T>, dims, memory, bytes, detail::delete_owner<std::vector<T>>, owner.release());
    }

    /// A tensor over memory that stays the caller's and must outlive it and its copies: nothing is copied. Elements that are
    /// const must not be written through it; the library never writes to an input.
    template <typename T>
        requires Element<std::remove_const_t<T>>
    [[nodiscard]] static Tensor borrow(std::span<T> memory, const Dims& dims) {
        using Plain = std::remove_const_t<T>;
        return Tensor(
            wrap(dtype_of<Plain>, dims, const_cast<Plain*>(memory.data()), memory.size_bytes(), nullptr, nullptr));
    }

    /// Takes over one reference to a value of the C ABI.
    [[nodiscard]] static Tensor adopt(onecnn_value* value) noexcept { return Tensor(detail::SharedValue(value)); }

    [[nodiscard]] DType dtype() const { return static_cast<DType>(onecnn_value_dtype(handle())); }

    /// Outermost first, none of a tensor that was moved from; lives as long as the tensor.
    [[nodiscard]] std::span<const std::int64_t> dims() const {
        if (handle() == nullptr) {
            return {};
        }
        return {onecnn_value_dims(handle()), static_cast<std::size_t>(onecnn_value_rank(handle()))};
    }

    /// The elements, row-major; an Error when T is not what the dtype says. They live as long as the tensor or a copy of it.
    template <Element T>
    [[nodiscard]] std::span<T> data() {
        return typed<T>();
    }
    template <Element T>
    [[nodiscard]] std::span<const T> data() const {
        return typed<T>();
    }

    /// The memory of the elements, whatever their type.
    [[nodiscard]] std::span<std::byte> bytes() {
        return {static_cast<std::byte*>(onecnn_value_data(handle())), onecnn_value_bytes(handle())};
    }
    [[nodiscard]] std::span<const std::byte> bytes() const {
        return {static_cast<const std::byte*>(onecnn_value_data(handle())), onecnn_value_bytes(handle())};
    }

    /// The value of the C ABI, borrowed.
    [[nodiscard]] onecnn_value* handle() const noexcept { return value_.get(); }

private:
    explicit Tensor(detail::SharedValue value) noexcept : value_(std::move(value)) {}

    static detail::SharedValue wrap(DType dtype, const Dims& dims, void* memory, std::size_t bytes,
                                    onecnn_release_callback release, void* owner) {
        onecnn_value* value = nullptr;
        check(onecnn_value_wrap(static_cast<onecnn_dtype>(dtype), static_cast<std::int64_t>(dims.size()), dims.data(),
                                memory, bytes, nullptr, release, owner, &value));
        return detail::SharedValue(value);
    }

    template <Element T>
    [[nodiscard]] std::span<T> typed() const {
        if (dtype() != dtype_of<T>) {
            throw Error(Status::invalid_argument, "elements asked for as another type than the tensor's, ONNX type " +
                                                      std::to_string(onecnn_value_dtype(handle())));
        }
        return {static_cast<T*>(onecnn_value_data(handle())), onecnn_value_bytes(handle()) / sizeof(T)};
    }

    detail::SharedValue value_;
};

/// A value of any kind: a tensor, also of strings, a sequence, a map, or nothing. A copy shares it.
class Value {
public:
    /// Nothing: an optional value that is not there.
    Value() {
        onecnn_value* value = nullptr;
        check(onecnn_value_create_nothing(&value));
        value_ = detail::SharedValue(value);
    }
    Value(const Tensor& tensor)
        : value_(onecnn_value_retain(tensor.handle())) {}  // NOLINT(google-explicit-constructor)

    /// A tensor of strings; there must be as many as the dimensions say.
    [[nodiscard]] static Value strings(std::span<const std::string> elements, const Dims& dims) {
        const Tensor tensor(DType::string, dims);
        for (std::size_t index = 0; index < elements.size(); ++index) {
            check(onecnn_value_string_set(tensor.handle(), index, elements[index].data(), elements[index].size()));
        }
        return tensor;
    }

    [[nodiscard]] static Value sequence(std::span<const Value> items) {
        std::vector<onecnn_value*> handles;
        for (const Value& item : items) {
            handles.push_back(item.handle());
        }
        onecnn_value* value = nullptr;
        check(onecnn_value_create_sequence(handles.data(), handles.size(), &value));
        return adopt(value);
    }

    /// Keys, int64 or strings, and as many values: tensors of rank 1.
    [[nodiscard]] static Value map(const Value& keys, const Value& values) {
        onecnn_value* value = nullptr;
        check(onecnn_value_create_map(keys.handle(), values.handle(), &value));
        return adopt(value);
    }

    /// Takes over one reference to a value of the C ABI.
    [[nodiscard]] static Value adopt(onecnn_value* value) noexcept { return Value(detail::SharedValue(value)); }

    [[nodiscard]] Kind kind() const { return static_cast<Kind>(onecnn_value_kind(handle())); }

    /// The tensor; an Error where it is none.
    [[nodiscard]] Tensor tensor() const {
        if (kind() != Kind::tensor) {
            throw Error(Status::invalid_argument, "a tensor was asked for, the value is none");
        }
        return Tensor::adopt(onecnn_value_retain(handle()));
    }

    /// The elements of a tensor of strings, row-major.
    [[nodiscard]] std::vector<std::string> strings() const {
        std::size_t count = 1;
        for (const std::int64_t dim : tensor().dims()) {
            count *= static_cast<std::size_t>(dim);
        }
        std::vector<std::string> elements;
        for (std::size_t index = 0; index < count; ++index) {
            const char* text = nullptr;
            std::size_t bytes = 0;
            check(onecnn_value_string_get(handle(), index, &text, &bytes));
            elements.emplace_back(text, bytes);
        }
        return elements;
    }

    /// How many items a sequence has; 0 for all others.
    [[nodiscard]] std::size_t size() const { return onecnn_value_count(handle()); }
    [[nodiscard]] Value at(std::size_t index) const {
        onecnn_value* value = nullptr;
        check(onecnn_value_at(handle(), index, &value));
        return adopt(value);
    }

    /// A map's keys, and its values in their order.
    [[nodiscard]] Value keys() const {
        onecnn_value* value = nullptr;
        check(onecnn_value_map_keys(handle(), &value));
        return adopt(value);
    }
    [[nodiscard]] Value values() const {
        onecnn_value* value = nullptr;
        check(onecnn_value_map_values(handle(), &value));
        return adopt(value);
    }

    /// The value of the C ABI, borrowed.
    [[nodiscard]] onecnn_value* handle() const noexcept { return value_.get(); }

private:
    explicit Value(detail::SharedValue value) noexcept : value_(std::move(value)) {}

    detail::SharedValue value_;
};

/// An input by its name.
using NamedTensor = std::pair<std::string_view, Tensor>;

// ---- loading ------------------------------------------------------------------------------------------------------

/// Settings for loading; the keys, ranges and defaults are those of onecnn_options_set_int and _set_string. The named setters
/// return the options, to be chained.
class Options {
public:
    Options() {
        onecnn_options* options = nullptr;
        check(onecnn_options_create(&options));
        options_.reset(options);
    }

    Options& set(const std::string& key, std::int64_t value) {
        check(onecnn_options_set_int(handle(), key.c_str(), value));
        return *this;
    }
    Options& set(const std::string& key, const std::string& value) {
        check(onecnn_options_set_string(handle(), key.c_str(), value.c_str()));
        return *this;
    }

    /// Most threads of one run; 0: what affinity and the cgroup's quota allow.
    Options& threads(int count) { return set("threads", count); }
    /// The same bits for any batch and thread count.
    Options& deterministic(bool on) { return set("deterministic", std::int64_t{on}); }
    /// False runs the graph as it is written.
    Options& optimize(bool on) { return set("optimize", std::int64_t{on}); }

    /// What decodes images for the operator ImageDecoder; see onecnn_options_set_image_decoder.
    Options& image_decoder(onecnn_decode_image_callback decode, void* user) {
        check(onecnn_options_set_image_decoder(handle(), decode, user));
        return *this;
    }

    /// The options of the C ABI, borrowed.
    [[nodiscard]] onecnn_options* handle() const noexcept { return options_.get(); }

private:
    struct Release {
        void operator()(onecnn_options* options) const noexcept { onecnn_options_release(options); }
    };
    std::unique_ptr<onecnn_options, Release> options_;
};

/// A loaded model: immutable. A copy is another reference to it.
class Model {
public:
    /// Loads an ONNX file, and external data from its folder; or a compiled file.
    explicit Model(const std::filesystem::path& path, const Options& options = {}) {
        onecnn_model* model = nullptr;
        check(onecnn_model_load_file(path.string().c_str(), options.handle(), &model));
        model_ = detail::SharedModel(model);
    }

    /// Loads an ONNX model from memory, which may go once this returns.
    explicit Model(std::span<const std::byte> onnx, const Options& options = {}) {
        onecnn_model* model = nullptr;
        check(onecnn_model_load_memory(onnx.data(), onnx.size(), options.handle(), nullptr, nullptr, &model));
        model_ = detail::SharedModel(model);
    }

    /// What it takes and gives, in the model's order.
    [[nodiscard]] std::vector<TensorSpec> inputs() const {
        std::vector<TensorSpec> specs;
        for (std::size_t index = 0; index < onecnn_model_input_count(handle()); ++index) {
            specs.push_back(
                detail::spec(onecnn_model_input_name(handle(), index), onecnn_model_input_type(handle(), index)));
        }
        return specs;
    }
    [[nodiscard]] std::vector<TensorSpec> outputs() const {
        std::vector<TensorSpec> specs;
        for (std::size_t index = 0; index < onecnn_model_output_count(handle()); ++index) {
            specs.push_back(
                detail::spec(onecnn_model_output_name(handle(), index), onecnn_model_output_type(handle(), index)));
        }
        return specs;
    }

    /// The model's own key-value pairs (`metadata_props`), in the file's order.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> metadata() const {
        std::vector<std::pair<std::string, std::string>> pairs;
        for (std::size_t index = 0; index < onecnn_model_metadata_count(handle()); ++index) {
            pairs.emplace_back(onecnn_model_metadata_key(handle(), index),
                               onecnn_model_metadata_value(handle(), index));
        }
        return pairs;
    }

    /// A text by a key of onecnn_model_property, as "summary"; nothing for a key that is none.
    [[nodiscard]] std::optional<std::string> property(const std::string& key) const {
        const char* text = onecnn_model_property(handle(), key.c_str());
        return text == nullptr ? std::nullopt : std::optional<std::string>(text);
    }

    /// The keys of `stat`.
    [[nodiscard]] std::vector<std::string> stat_keys() const {
        std::vector<std::string> keys;
        for (const char* key = nullptr; (key = onecnn_model_stat_key(handle(), keys.size())) != nullptr;) {
            keys.emplace_back(key);
        }
        return keys;
    }

    /// A figure by a key of onecnn_model_stat, as "plan_bytes".
    [[nodiscard]] std::int64_t stat(const std::string& key) const {
        std::int64_t figure = 0;
        check(onecnn_model_stat(handle(), key.c_str(), &figure));
        return figure;
    }

    /// Writes a compiled file, which the constructor loads in a fraction of the time; see onecnn_model_save_compiled.
    /// `source` is the ONNX file this was loaded from; empty: not said.
    void save_compiled(const std::filesystem::path& path, const std::filesystem::path& source = {}) const {
        const std::string from = source.string();
        check(onecnn_model_save_compiled(handle(), path.string().c_str(), from.empty() ? nullptr : from.c_str()));
    }

    /// Gives back the plans and buffers that no run is using.
    void trim() const { check(onecnn_model_trim(handle())); }

    /// Runs once on inputs in the model's order; gives the outputs in the model's order. A loop is cheaper with a Run.
    [[nodiscard]] std::vector<Tensor> run(std::span<const Tensor> inputs) const {
        std::vector<onecnn_value*> values;
        for (const Tensor& input : inputs) {
            values.push_back(input.handle());
        }
        return run_values(values);
    }
    [[nodiscard]] std::vector<Tensor> run(std::initializer_list<Tensor> inputs) const {
        return run(std::span<const Tensor>(inputs.begin(), inputs.size()));
    }

    /// Runs once on inputs by name; gives the outputs in the model's order.
    [[nodiscard]] std::vector<Tensor> run(std::span<const NamedTensor> inputs) const {
        std::vector<onecnn_value*> values(onecnn_model_input_count(handle()));
        for (const auto& [name, tensor] : inputs) {
            std::size_t index = 0;
            check(onecnn_model_input_index(handle(), std::string(name).c_str(), &index));
            values[index] = tensor.handle();
        }
        for (std::size_t index = 0; index < values.size(); ++index) {
            if (values[index] == nullptr) {
                throw Error(Status::invalid_argument,
                            "input '" + std::string(onecnn_model_input_name(handle(), index)) + "' is not given");
            }
        }
        return run_values(values);
    }
    [[nodiscard]] std::vector<Tensor> run(std::initializer_list<NamedTensor> inputs) const {
        return run(std::span<const NamedTensor>(inputs.begin(), inputs.size()));
    }

    /// The model of the C ABI, borrowed.
    [[nodiscard]] onecnn_model* handle() const noexcept { return model_.get(); }

private:
    [[nodiscard]] std::vector<Tensor> run_values(std::span<onecnn_value* const> inputs) const {
        std::vector<onecnn_value*> values(onecnn_model_output_count(handle()));
        std::vector<Tensor> outputs;
        outputs.reserve(values.size());
        check(onecnn_model_run(handle(), inputs.data(), inputs.size(), values.data(), values.size()));
        for (onecnn_value* value : values) {
            outputs.push_back(Tensor::adopt(value));
        }
        return outputs;
    }

    detail::SharedModel model_;
};

// ---- running in a loop --------------------------------------------------------------------------------------------

/// One caller's state for running a model again and again. One thread at a time, except `cancel`. Inputs and outputs are
/// counted in the model's order; a binding stays until another takes its place.
class Run {
public:
    explicit Run(const Model& model) {
        onecnn_run* run = nullptr;
        check(onecnn_run_create(model.handle(), &run));
        run_.reset(run);
    }

    /// Binds an input; the tensor is kept.
    void bind_input(std::size_t index, const Tensor& tensor) {
        check(onecnn_run_bind_input(handle(), index, tensor.handle()));
    }

    /// The same for a value of any kind.
    void bind_input(std::size_t index, const Value& value) {
        check(onecnn_run_bind_input(handle(), index, value.handle()));
    }

    /// Binds an output, whose dtype and dimensions must be what the run gives; the tensor is kept.
    void bind_output(std::size_t index, const Tensor& tensor) {
        check(onecnn_run_bind_output(handle(), index, tensor.handle()));
    }

    /// Binds an input to the caller's memory, which must stay valid and unchanged while executing. Allocates nothing.
    template <Element T>
    void set_input(std::size_t index, std::span<const T> memory, std::span<const std::int64_t> dims) {
        check(onecnn_run_set_input_data(handle(), index, static_cast<onecnn_dtype>(dtype_of<T>),
                                        static_cast<std::int64_t>(dims.size()), dims.data(), memory.data(),
                                        memory.size_bytes()));
    }

    /// The same for memory whose type C++ has no name for, as float16.
    void set_input(std::size_t index, DType dtype, std::span<const std::byte> memory,
                   std::span<const std::int64_t> dims) {
        check(onecnn_run_set_input_data(handle(), index, static_cast<onecnn_dtype>(dtype),
                                        static_cast<std::int64_t>(dims.size()), dims.data(), memory.data(),
                                        memory.size()));
    }

    /// Binds an output to the caller's memory, which must have exactly the bytes that the run gives. Allocates nothing.
    template <Element T>
    void set_output(std::size_t index, std::span<T> memory) {
        check(onecnn_run_set_output_data(handle(), index, memory.data(), memory.size_bytes()));
    }

    /// Lets the run allocate the output again, and lets go of the result it had.
    void unbind_output(std::size_t index) { check(onecnn_run_bind_output(handle(), index, nullptr)); }

    /// Runs the model on what is bound.
    void execute() { check(onecnn_run_execute(handle())); }

    /// Runs once, then `runs` times more with every step timed, and gives what they took as JSON; see onecnn_run_profile.
    [[nodiscard]] std::string profile(std::int64_t runs) {
        const char* json = nullptr;
        check(onecnn_run_profile(handle(), runs, &json));
        return json;
    }

    /// What the last successful `execute` gave: a tensor of its own, or what is bound. An Error where it is no tensor.
    [[nodiscard]] Tensor output(std::size_t index) const { return value(index).tensor(); }

    /// The same, of any kind.
    [[nodiscard]] Value value(std::size_t index) const {
        onecnn_value* value = nullptr;
        check(onecnn_run_output(handle(), index, &value));
        return Value::adopt(value);
    }

    /// Asks the execution under way, or the next one if none is, to stop with Status::cancelled. From any thread.
    void cancel() noexcept { onecnn_run_cancel(handle()); }

    /// Each execution from now on stops with Status::deadline_exceeded once it has taken this long; zero: no deadline.
    void set_deadline(std::chrono::nanoseconds after) { check(onecnn_run_set_deadline(handle(), after.count())); }

    /// The run of the C ABI, borrowed.
    [[nodiscard]] onecnn_run* handle() const noexcept { return run_.get(); }

private:
    struct Release {
        void operator()(onecnn_run* run) const noexcept { onecnn_run_release(run); }
    };
    std::unique_ptr<onecnn_run, Release> run_;
};

}  // namespace onecnn
