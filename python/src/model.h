// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/numpy.h>

#include <cstdint>
#include <onecnn/onecnn.hpp>
#include <string>
#include <vector>

#include "port.h"
#include "run_pool.h"

namespace onecnn::python {

/// A model whose tensors are numpy arrays. Thread-safe; the GIL is released while it runs.
class NumpyModel {
public:
    explicit NumpyModel(Model model);

    /// Runs on one object an input, in the model's order, and gives an array an output.
    [[nodiscard]] pybind11::tuple run(const pybind11::tuple& inputs);

    /// Runs again and again with every step timed; JSON, as onecnn_run_profile has it.
    [[nodiscard]] std::string profile(const pybind11::tuple& inputs, std::int64_t runs) const;

    /// Gives back the memory that no caller is using.
    void trim();

    [[nodiscard]] const Model& model() const { return model_; }
    [[nodiscard]] const std::vector<Port>& inputs() const { return inputs_; }
    [[nodiscard]] const std::vector<Port>& outputs() const { return outputs_; }

private:
    /// Binds an object an input; the arrays that are given must outlive what runs on them.
    [[nodiscard]] std::vector<pybind11::array> bind_inputs(Run& run, const pybind11::tuple& inputs) const;

    Model model_;
    std::vector<Port> inputs_;
    std::vector<Port> outputs_;
    RunPool pool_;
};

}  // namespace onecnn::python
