// SPDX-License-Identifier: Apache-2.0
#include "errors.h"

#include <pybind11/pybind11.h>

#include <exception>
#include <onecnn/onecnn.hpp>

namespace py = pybind11;

namespace onecnn::python {
namespace {

void raise(const Error& error) {
    try {
        const char* code = onecnn_status_name(static_cast<onecnn_status>(error.status()));
        const py::object exception = py::module_::import("onecnn._errors").attr("error")(code, error.what());
        PyErr_SetObject(py::type::of(exception).ptr(), exception.ptr());
    } catch (py::error_already_set& failure) {
        failure.restore();
    }
}

}  // namespace

void translate_errors() {
    py::register_local_exception_translator([](std::exception_ptr thrown) {
        try {
            std::rethrow_exception(thrown);
        } catch (const Error& error) {
            raise(error);
        }
    });
}

}  // namespace onecnn::python
