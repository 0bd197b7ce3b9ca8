// SPDX-License-Identifier: Apache-2.0
#include "runtime/run.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/error.h"
#include "runtime/fork_gate.h"

namespace onecnn::core {

namespace {

std::string call_input(const Graph& graph, std::size_t index) {
    const Value& value = graph.value(graph.inputs[index]);
    return concat("input '", value.name, "' (", to_string(value.type), ")");
}

/// Memory of the caller's.
std::shared_ptr<std::byte> lent(std::byte* data) {
    return {data, [](std::byte*) {}};
}

bool aligned(const void* data, DType dtype) {
    const auto element = static_cast<std::uintptr_t>(std::max(1, bits(dtype) / 8));
    return reinterpret_cast<std::uintptr_t>(data) % element == 0;
}

}  // namespace

Run::Run(std::shared_ptr<const Model> model)
    : model_(std::move(model)),
      inputs_(model_->graph().inputs.size()),
      outputs_(model_->graph().outputs.size()),
      input_pointers_(inputs_.size()),
      output_pointers_(outputs_.size()) {}

Run::~Run() { drop_plan(); }

void Run::drop_plan() {
    if (!plan_) {
        return;
    }
    const ForkGate gate;
    if (context_) {
        plan_->release_context(std::move(context_));
    }
    plan_.reset();
}

const Value& Run::input_value(std::size_t index) const {
    const Graph& graph = model_->graph();
    if (index >= inputs_.size()) {
        fail(ErrorCode::invalid_argument, "there is no input ", index, "; the model has ", inputs_.size());
    }
    return graph.value(graph.inputs[index]);
}

void Run::check_input(std::size_t index, DType dtype, ShapeView shape) const {
    const Graph& graph = model_->graph();
    const ValueType& declared = input_value(index).type;
    const bool optional = declared.kind == ValueType::Kind::optional && declared.element;
    const ValueType& type = optional ? *declared.element : declared;
    if (type.kind != ValueType::Kind::tensor) {
        fail(ErrorCode::invalid_argument, call_input(graph, index), " was given a tensor");
    }
    if (dtype != type.dtype) {
        fail(ErrorCode::invalid_argument, call_input(graph, index), " was given ", name(dtype), "; expected ",
             name(type.dtype));
    }
    const auto wrong_shape = [&] {
        fail(ErrorCode::invalid_argument, call_input(graph, index), " was given shape ", to_string(shape));
    };
    if (shape.size() > max_rank || std::ranges::any_of(shape, [](auto dim) { return dim < 0; })) {
        wrong_shape();
    }
    if (!type.shape) {
        return;
    }
    if (shape.size() != type.shape->size()) {
        wrong_shape();
    }
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        const std::int64_t fixed = (*type.shape)[axis].value;
        if (fixed >= 0 && fixed != shape[axis]) {
            wrong_shape();
        }
    }
}

void Run::set_input(std::size_t index, DType dtype, ShapeView shape, const std::byte* data, std::size_t bytes) {
    const bool known =
        index < inputs_.size() && inputs_[index].dtype == dtype && std::ranges::equal(inputs_[index].shape, shape);
    if (!known) {
        check_input(index, dtype, shape);
    }
    const std::size_t needed = known ? inputs_[index].bytes : byte_count(dtype, shape);
    if (bytes != needed) {
        fail(ErrorCode::invalid_argument, call_input(model_->graph(), index), " of shape ", to_string(shape), " takes ",
             needed, " bytes; ", bytes, " were given");
    }
    if (data == nullptr && needed > 0) {
        fail(ErrorCode::invalid_argument, call_input(model_->graph(), index), " was given no memory");
    }
    if (!aligned(data, dtype)) {
        fail(ErrorCode::invalid_argument, call_input(model_->graph(), index),
             " was given memory that is not aligned to ", bits(dtype) / 8, " bytes");
    }
    Input& input = inputs_[index];
    input.bound = true;
    if (!known) {
        input.datum = {};
        input.dtype = dtype;
        input.shape.assign(shape.begin(), shape.end());
        input.bytes = needed;
    }
    input.data = data;
    input_pointers_[index] = data;
}

void Run::set_input(std::size_t index, const Datum& datum) {
    if (datum.is_plain()) {
        const Tensor& tensor = *datum.tensor();
        set_input(index, tensor.dtype(), tensor.shape(), tensor.data(), tensor.bytes());
        return;
    }
    const ValueType& declared = input_value(index).type;
    const bool optional = declared.kind == ValueType::Kind::optional && declared.element;
    const ValueType& type = optional ? *declared.element : declared;
    if (const Tensor* tensor = datum.tensor()) {
        check_input(index, tensor->dtype(), tensor->shape());
    } else if (datum.is_nothing() ? declared.kind != ValueType::Kind::optional
               : datum.map()      ? type.kind != ValueType::Kind::map
                                  : type.kind != ValueType::Kind::sequence) {
        fail(ErrorCode::invalid_argument, call_input(model_->graph(), index), " was given ", describe(datum));
    }
    Input& input = inputs_[index];
    input = {};
    input.dtype = datum.tensor() != nullptr ? DType::string : DType::undefined;
    input.datum = datum;
    input.bound = true;
    input_pointers_[index] = nullptr;
}

void Run::set_output(std::size_t index, std::byte* data, std::size_t bytes) {
    if (index >= outputs_.size()) {
        fail(ErrorCode::invalid_argument, "there is no output ", index, "; the model has ", outputs_.size());
    }
    Output& output = outputs_[index];
    output.data = data;
    output.bytes = bytes;
    output.dtype = DType::undefined;
    output.result = {};
}

void Run::set_output(std::size_t index, const Tensor& tensor) {
    Shape shape = tensor.shape();
    set_output(index, tensor.storage().get(), tensor.bytes());
    outputs_[index].dtype = tensor.dtype();
    outputs_[index].shape = std::move(shape);
}

void Run::check_output(std::size_t index, const Plan::Output& planned) const {
    const Output& output = outputs_[index];
    const auto what = [&] {
        const Graph& graph = model_->graph();
        return concat("output '", graph.value(graph.outputs[index]).name, "'");
    };
    if (output.dtype != DType::undefined && (output.dtype != planned.dtype || output.shape != planned.shape)) {
        fail(ErrorCode::invalid_argument, what(), " is bound to ", name(output.dtype), to_string(output.shape),
             ", the run gives ", name(planned.dtype), to_string(planned.shape));
    }
    if (output.data == nullptr) {
        return;
    }
    if (output.bytes != planned.bytes) {
        fail(ErrorCode::invalid_argument, what(), " of shape ", to_string(planned.shape), " takes ", planned.bytes,
             " bytes; the memory bound has ", output.bytes);
    }
    if (!aligned(output.data, planned.dtype)) {
        fail(ErrorCode::invalid_argument, what(), " is ", name(planned.dtype),
             " and bound to memory that is not aligned to ", bits(planned.dtype) / 8, " bytes");
    }
}

bool Run::plan_fits() const {
    if (!context_) {
        return false;
    }
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
        if (inputs_[i].shape != key_.shapes[i] || inputs_[i].dtype != key_.dtypes[i]) {
            return false;
        }
    }
    const auto& value_inputs = model_->program().value_inputs();
    for (std::size_t i = 0; i < value_inputs.size(); ++i) {
        const Input& input = inputs_[value_inputs[i]];
        if (input.bytes != 0 && std::memcmp(input.data, key_.elements[i].data(), input.bytes) != 0) {
            return false;
        }
    }
    return true;
}

void Run::adopt_plan() {
    if (plan_fits()) {
        return;
    }
    const ForkGate gate;
    drop_plan();
    key_ = {};
    for (const Input& input : inputs_) {
        key_.dtypes.push_back(input.dtype);
        key_.shapes.push_back(input.shape);
    }
    for (const std::size_t index : model_->program().value_inputs()) {
        key_.elements.push_back(copy_of(inputs_[index]));
    }
    try {
        plan_ = model_->program().plan(key_);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::invalid_model) {
            throw;
        }
        // The model allows these shapes, but its nodes do not: to the caller that is an argument that cannot be.
        std::string given;
        for (std::size_t i = 0; i < inputs_.size(); ++i) {
            given +=
                concat(i == 0 ? "" : ", ", call_input(model_->graph(), i), " of shape ", to_string(inputs_[i].shape));
        }
        fail(ErrorCode::invalid_argument, "with ", given, ": ", error.message());
    }
    context_ = plan_->acquire_context();
}

void Run::execute(StepTimes* times) {
    executed_ = false;
    if (cancelled_.exchange(false, std::memory_order_relaxed)) {
        fail(ErrorCode::cancelled, "the run was cancelled before it began");
    }
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
        if (!inputs_[i].bound) {
            fail(ErrorCode::invalid_argument, call_input(model_->graph(), i), " is not bound");
        }
    }
    StopCondition stop{&cancelled_, std::chrono::steady_clock::time_point::max()};
    if (deadline_.count() > 0) {
        const auto now = std::chrono::steady_clock::now();
        const auto left = std::chrono::steady_clock::time_point::max() - now;
        stop.deadline = deadline_ < left ? now + deadline_ : std::chrono::steady_clock::time_point::max();
    }
    adopt_plan();
    try {
        if (plan_->continuation() == nullptr) {
            execute_region(stop, times);
        } else {
            execute_program(stop, times);
        }
    } catch (...) {
        cancelled_.store(false, std::memory_order_relaxed);
        throw;
    }
    // A request that came too late is not the next execution's.
    cancelled_.store(false, std::memory_order_relaxed);
    executed_ = true;
}

void Run::execute_region(const StopCondition& stop, StepTimes* times) {
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
        const Plan::Output& planned = plan_->outputs()[i];
        Output& output = outputs_[i];
        check_output(i, planned);
        if (output.data == nullptr) {
            Tensor made(planned.dtype, planned.shape);
            output_pointers_[i] = made.data();
            output.result = std::move(made);
            continue;
        }
        output.result = {};
        output_pointers_[i] = output.data;
    }
    plan_->execute(*context_, input_pointers_, output_pointers_, stop, times);
}

Tensor Run::copy_of(const Input& input) {
    if (!is_plain(input)) {
        return {};
    }
    Tensor copy(input.dtype, input.shape);
    if (input.bytes != 0) {
        std::memcpy(copy.data(), input.data, input.bytes);
    }
    return copy;
}

void Run::check_made(std::size_t index, const Datum& made) const {
    const Graph& graph = model_->graph();
    const Value& value = graph.value(graph.outputs[index]);
    const Tensor* tensor = made.tensor();
    const bool declared = value.type.kind == ValueType::Kind::tensor && value.type.dtype != DType::undefined;
    if (declared && (tensor == nullptr || tensor->dtype() != value.type.dtype)) {
        fail(ErrorCode::invalid_model, "output '", value.name, "' is declared as ", to_string(value.type),
             " and computed as ", describe(made));
    }
    if (outputs_[index].data == nullptr) {
        return;
    }
    if (!made.is_plain()) {
        fail(ErrorCode::invalid_argument, "output '", value.name, "' is bound to memory and is ", describe(made));
    }
    check_output(index, {tensor->dtype(), tensor->shape(), tensor->bytes()});
}

void Run::execute_program(const StopCondition& stop, StepTimes* times) {
    // What the run gives may share memory with what it was given, which stays the caller's.
    std::vector<Datum> inputs;
    for (const Input& input : inputs_) {
        inputs.push_back(is_plain(input) ? Datum(copy_of(input)) : input.datum);
    }
    const RunScope scope{model_->bodies(), model_->options(), stop, times};
    auto made = model_->program().run(*plan_, std::move(inputs), scope);
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
        check_made(i, made[i]);
    }
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
        Output& output = outputs_[i];
        if (output.data != nullptr) {
            const Tensor& tensor = *made[i].tensor();
            std::memcpy(output.data, tensor.data(), output.bytes);
            made[i] = Tensor(tensor.dtype(), tensor.shape(), lent(output.data));
        }
        output.result = std::move(made[i]);
    }
}

Datum Run::output(std::size_t index) const {
    if (index >= outputs_.size()) {
        fail(ErrorCode::invalid_argument, "there is no output ", index, "; the model has ", outputs_.size());
    }
    if (!executed_) {
        fail(ErrorCode::invalid_argument, "the run has no outputs: it has not been executed, or failed");
    }
    const Output& output = outputs_[index];
    if (output.data == nullptr || plan_->continuation() != nullptr) {
        return output.result;
    }
    const Plan::Output& planned = plan_->outputs()[index];
    return Tensor(planned.dtype, planned.shape, lent(output.data));
}

}  // namespace onecnn::core
