// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/pybind11.h>

#include <onecnn/onecnn.hpp>

namespace onecnn::python {

/// A value of any kind from what Python has for it: an array or array-like, an array or nested list of str (or bytes), a list, a
/// dict, None for an optional that is not there. InvalidArgument naming the input when it is something else.
[[nodiscard]] Value value_of(pybind11::handle object, const TensorSpec& spec);

/// The other way round: an array, an array of objects that are str, a list, a dict, or None.
[[nodiscard]] pybind11::object object_of(const Value& value, const TensorSpec& spec);

}  // namespace onecnn::python
