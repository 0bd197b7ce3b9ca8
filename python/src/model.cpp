// SPDX-License-Identifier: Apache-2.0
#include "model.h"

#include <string>
#include <utility>

#include "values.h"

namespace py = pybind11;

namespace onecnn::python {
namespace {

std::vector<Port> ports(std::vector<TensorSpec> specs) {
    std::vector<Port> ports;
    ports.reserve(specs.size());
    for (TensorSpec& spec : specs) {
        ports.emplace_back(std::move(spec));
    }
    return ports;
}

void bind(Run& run, std::size_t index, DType dtype, const py::array& array, const py::array& stored) {
    static_assert(sizeof(py::ssize_t) == sizeof(std::int64_t));
    const std::span memory(static_cast<const std::byte*>(stored.data()), static_cast<std::size_t>(stored.nbytes()));
    const std::span dims(reinterpret_cast<const std::int64_t*>(array.shape()), static_cast<std::size_t>(array.ndim()));
    run.set_input(index, dtype, memory, dims);
}

}  // namespace

NumpyModel::NumpyModel(Model model)
    : model_(std::move(model)), inputs_(ports(model_.inputs())), outputs_(ports(model_.outputs())), pool_(model_) {}

std::vector<py::array> NumpyModel::bind_inputs(Run& run, const py::tuple& inputs) const {
    if (inputs.size() != inputs_.size()) {
        throw Error(Status::invalid_argument, "the model takes " + std::to_string(inputs_.size()) + " inputs, " +
                                                  std::to_string(inputs.size()) + " given");
    }
    std::vector<py::array> arrays;
    arrays.reserve(inputs_.size());
    for (std::size_t index = 0; index < inputs_.size(); ++index) {
        const Port& port = inputs_[index];
        if (!port.is_plain()) {
            run.bind_input(index, value_of(inputs[index], port.spec()));
            continue;
        }
        const py::array array = port.array_of(inputs[index]);
        arrays.push_back(port.stored(array));
        bind(run, index, port.dtype(), array, arrays.back());
    }
    return arrays;
}

py::tuple NumpyModel::run(const py::tuple& inputs) {
    Run run = pool_.take();
    const auto arrays = bind_inputs(run, inputs);
    {
        const py::gil_scoped_release released;
        run.execute();
    }
    py::tuple outputs(outputs_.size());
    for (std::size_t index = 0; index < outputs_.size(); ++index) {
        outputs[index] = outputs_[index].is_plain() ? outputs_[index].array_over(run.output(index))
                                                    : object_of(run.value(index), outputs_[index].spec());
        run.unbind_output(index);  // the array is the result's only owner from here on
    }
    pool_.give_back(std::move(run));
    return outputs;
}

std::string NumpyModel::profile(const py::tuple& inputs, std::int64_t runs) const {
    Run run(model_);
    const auto arrays = bind_inputs(run, inputs);
    const py::gil_scoped_release released;
    return run.profile(runs);
}

void NumpyModel::trim() {
    pool_.clear();
    model_.trim();
}

}  // namespace onecnn::python
