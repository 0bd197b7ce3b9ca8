// SPDX-License-Identifier: Apache-2.0
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <onecnn/onecnn.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "errors.h"
#include "model.h"

namespace py = pybind11;

namespace onecnn::python {
namespace {

using OptionValues = std::map<std::string, std::variant<std::int64_t, std::string>>;

/// Decodes by Pillow; the thread holds no GIL.
onecnn_status decode_image(void* /*user*/, const void* data, std::size_t bytes, const char* format,
                           onecnn_value** out) {
    const py::gil_scoped_acquire acquired;
    try {
        const py::bytes encoded(static_cast<const char*>(data), bytes);
        const py::object pixels = py::module_::import("onecnn._images").attr("decode")(encoded, format);
        if (!pixels.is_none()) {
            const py::array array = pixels;
            Tensor tensor(DType::uint8, Dims(array.shape(), array.shape() + array.ndim()));
            std::memcpy(tensor.bytes().data(), array.data(), tensor.bytes().size());
            *out = onecnn_value_retain(tensor.handle());
        }
        return ONECNN_OK;
    } catch (py::error_already_set& error) {
        error.discard_as_unraisable("decode_image");
        return ONECNN_ERROR_UNSUPPORTED_OPERATOR;
    }
}

Options options_of(const OptionValues& values) {
    Options options;
    options.image_decoder(decode_image, nullptr);
    for (const auto& [key, value] : values) {
        std::visit([&options, &name = key](const auto& chosen) { options.set(name, chosen); }, value);
    }
    return options;
}

std::unique_ptr<NumpyModel> load_file(const std::string& path, const OptionValues& options) {
    auto model = [&] {
        const py::gil_scoped_release released;
        return Model(path, options_of(options));
    }();
    return std::make_unique<NumpyModel>(std::move(model));
}

std::unique_ptr<NumpyModel> load_bytes(const py::bytes& onnx, const OptionValues& options) {
    const auto text = static_cast<std::string_view>(onnx);
    auto model = [&] {
        const py::gil_scoped_release released;
        return Model(std::as_bytes(std::span(text)), options_of(options));
    }();
    return std::make_unique<NumpyModel>(std::move(model));
}

py::tuple described(const std::vector<Port>& ports) {
    py::tuple specs(ports.size());
    for (std::size_t index = 0; index < ports.size(); ++index) {
        specs[index] = ports[index].described();
    }
    return specs;
}

}  // namespace

PYBIND11_MODULE(_core, module) {
    translate_errors();
    module.attr("version") = onecnn_version();
    module.def("build_info", [] { return onecnn_build_info(); });
    module.def("load_file", load_file);
    module.def("load_bytes", load_bytes);
    py::class_<NumpyModel>(module, "Model")
        .def("run", &NumpyModel::run)
        .def("profile", &NumpyModel::profile)
        .def("trim", &NumpyModel::trim)
        .def("save_compiled",
             [](const NumpyModel& self, const std::string& path, const std::string& source) {
                 const py::gil_scoped_release released;
                 self.model().save_compiled(path, source);
             })
        .def("inputs", [](const NumpyModel& self) { return described(self.inputs()); })
        .def("outputs", [](const NumpyModel& self) { return described(self.outputs()); })
        .def("metadata", [](const NumpyModel& self) { return self.model().metadata(); })
        .def("property", [](const NumpyModel& self, const std::string& key) { return self.model().property(key); })
        .def("stat_keys", [](const NumpyModel& self) { return self.model().stat_keys(); })
        .def("stat", [](const NumpyModel& self, const std::string& key) { return self.model().stat(key); });
}

}  // namespace onecnn::python
