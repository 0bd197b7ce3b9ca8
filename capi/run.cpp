// SPDX-License-Identifier: Apache-2.0
#include <onecnn/onecnn.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "guard.h"
#include "handles.h"
#include "runtime/profile.h"
#include "tensor_arguments.h"

using namespace onecnn;
using capi::guard;
using capi::Ref;
using capi::require;
using core::ErrorCode;
using core::fail;

namespace {

const core::Value& output_value(const onecnn_run& run, std::size_t index) {
    const core::Graph& graph = run.model->model->graph();
    if (index >= graph.outputs.size()) {
        fail(ErrorCode::invalid_argument, "output ", index, " of a model that has ", graph.outputs.size());
    }
    return graph.value(graph.outputs[index]);
}

/// Rebinding leaves nothing to read until the next execution: what was bound before may be gone.
void rebind(onecnn_run::Output& output, Ref<onecnn_value> value) {
    output.current = false;
    output.bound = std::move(value);
}

/// `execute` runs the core's run, once or more.
template <typename Execute>
void execute(onecnn_run& run, const Execute& execute) {
    for (auto& output : run.outputs) {
        output.current = false;
    }
    execute(run.run);
    for (auto& output : run.outputs) {
        output.current = true;
    }
}

void execute_once(onecnn_run& run) {
    execute(run, [](core::Run& of) { of.execute(); });
}

Ref<onecnn_value> result_of(onecnn_run& run, std::size_t index) {
    const core::Value& value = output_value(run, index);
    const auto& output = run.outputs[index];
    if (!output.current) {
        fail(ErrorCode::invalid_argument, "output '", value.name,
             "' has no result: nothing was executed since it was bound");
    }
    return output.bound ? Ref(output.bound.get()) : Ref(std::make_unique<onecnn_value>(run.run.output(index)));
}

}  // namespace

onecnn_run::onecnn_run(onecnn_model* of)
    : model(of), run(of->model), inputs(of->input_types.size()), outputs(of->output_types.size()) {}

onecnn_status onecnn_run_create(onecnn_model* model, onecnn_run** out) {
    return guard([&] {
        require(model, "model");
        require(out, "out");
        *out = std::make_unique<onecnn_run>(model).release();
    });
}

void onecnn_run_release(onecnn_run* run) { std::default_delete<onecnn_run>{}(run); }

onecnn_status onecnn_run_bind_input(onecnn_run* run, size_t index, onecnn_value* value) {
    return guard([&] {
        require(run, "run");
        require(value, "value");
        run->run.set_input(index, value->datum);
        run->inputs[index] = Ref(value);
    });
}

onecnn_status onecnn_run_bind_output(onecnn_run* run, size_t index, onecnn_value* value) {
    return guard([&] {
        require(run, "run");
        const core::Value& output = output_value(*run, index);
        if (value == nullptr) {
            run->run.set_output(index, nullptr, 0);
            rebind(run->outputs[index], {});
            return;
        }
        if (!value->datum.is_plain()) {
            fail(ErrorCode::invalid_argument, "output '", output.name, "' is to be bound to ",
                 core::describe(value->datum), "; a tensor of numbers can be");
        }
        const core::Tensor& tensor = *value->datum.tensor();
        if (output.type.dtype != core::DType::undefined && tensor.dtype() != output.type.dtype) {
            fail(ErrorCode::invalid_argument, "output '", output.name, "' is ", core::to_string(output.type), ", a ",
                 core::name(tensor.dtype()), " value is to be bound");
        }
        run->run.set_output(index, tensor);
        rebind(run->outputs[index], Ref(value));
    });
}

onecnn_status onecnn_run_set_input_data(onecnn_run* run, size_t index, onecnn_dtype dtype, int64_t rank,
                                        const int64_t* dims, const void* data, size_t bytes) {
    return guard([&] {
        require(run, "run");
        const core::DType type = capi::checked_dtype(dtype);
        const core::ShapeView shape = capi::checked_dims(rank, dims);
        run->run.set_input(index, type, shape, static_cast<const std::byte*>(data), bytes);
        run->inputs[index] = {};
    });
}

onecnn_status onecnn_run_set_output_data(onecnn_run* run, size_t index, void* data, size_t bytes) {
    return guard([&] {
        require(run, "run");
        const core::Value& output = output_value(*run, index);
        if (data != nullptr) {
            capi::require_aligned(output.type.dtype, data);  // where the model leaves the dtype open, executing checks
        }
        run->run.set_output(index, static_cast<std::byte*>(data), data == nullptr ? 0 : bytes);
        rebind(run->outputs[index], {});
    });
}

onecnn_status onecnn_run_execute(onecnn_run* run) {
    return guard([&] {
        require(run, "run");
        execute_once(*run);
    });
}

onecnn_status onecnn_run_profile(onecnn_run* run, int64_t runs, const char** out) {
    return guard([&] {
        require(run, "run");
        require(out, "out");
        execute(*run, [&](core::Run& of) { run->profile = core::profile(of, runs); });
        *out = run->profile.c_str();
    });
}

onecnn_status onecnn_run_output(onecnn_run* run, size_t index, onecnn_value** out) {
    return guard([&] {
        require(run, "run");
        require(out, "out");
        *out = result_of(*run, index).give();
    });
}

void onecnn_run_cancel(onecnn_run* run) {
    if (run != nullptr) {
        run->run.cancel();
    }
}

onecnn_status onecnn_run_set_deadline(onecnn_run* run, int64_t nanoseconds) {
    return guard([&] {
        require(run, "run");
        if (nanoseconds < 0) {
            fail(ErrorCode::invalid_argument, "a deadline of ", nanoseconds, " ns");
        }
        run->run.set_deadline(std::chrono::nanoseconds(nanoseconds));
    });
}

onecnn_status onecnn_model_run(onecnn_model* model, onecnn_value* const* inputs, size_t input_count,
                               onecnn_value** outputs, size_t output_count) {
    return guard([&] {
        require(model, "model");
        if (input_count != model->input_types.size() || output_count != model->output_types.size()) {
            fail(ErrorCode::invalid_argument, "the model has ", model->input_types.size(), " inputs and ",
                 model->output_types.size(), " outputs, the call ", input_count, " and ", output_count);
        }
        if (input_count != 0) {
            require(inputs, "inputs");
        }
        if (output_count != 0) {
            require(outputs, "outputs");
        }
        onecnn_run run(model);
        for (std::size_t index = 0; index < input_count; ++index) {
            require(inputs[index], "an input");
            run.run.set_input(index, inputs[index]->datum);
        }
        execute_once(run);
        std::vector<Ref<onecnn_value>> results;
        results.reserve(output_count);
        for (std::size_t index = 0; index < output_count; ++index) {
            results.push_back(result_of(run, index));
        }
        for (std::size_t index = 0; index < output_count; ++index) {
            outputs[index] = results[index].give();
        }
    });
}
