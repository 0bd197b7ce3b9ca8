// SPDX-License-Identifier: Apache-2.0
#include "values.h"

#include <pybind11/numpy.h>

#include <string>
#include <vector>

#include "port.h"

namespace py = pybind11;

namespace onecnn::python {
namespace {

[[noreturn]] void refuse(py::handle object, const TensorSpec& spec, const std::string& expected) {
    const std::string given = py::str(py::type::handle_of(object).attr("__name__"));
    throw Error(Status::invalid_argument,
                "input '" + spec.name + "' takes " + described_type(spec) + ", " + expected + "; " + given + " given");
}

TensorSpec element_of(const TensorSpec& spec) {
    if (!spec.element) {
        throw Error(Status::invalid_argument, "input '" + spec.name + "': the model does not say what it holds");
    }
    TensorSpec element = *spec.element;
    element.name = spec.name;
    return element;
}

/// Python's text, in UTF-8; bytes that are none come back as they went in.
std::string text_of(py::handle object, const TensorSpec& spec) {
    if (py::isinstance<py::bytes>(object)) {
        return py::cast<std::string>(object);
    }
    if (!py::isinstance<py::str>(object)) {
        refuse(object, spec, "whose elements are str or bytes");
    }
    return py::cast<std::string>(object.attr("encode")("utf-8", "surrogateescape"));
}

py::object text(const std::string& bytes) { return py::bytes(bytes).attr("decode")("utf-8", "surrogateescape"); }

Value strings_of(py::handle object, const TensorSpec& spec) {
    const py::module_ numpy = py::module_::import("numpy");
    const py::array array = numpy.attr("asarray")(object, py::arg("dtype") = py::dtype("O"));
    std::vector<std::string> elements;
    for (const py::handle element : array.attr("ravel")()) {
        elements.push_back(text_of(element, spec));
    }
    const Dims dims(array.shape(), array.shape() + array.ndim());
    return Value::strings(elements, dims);
}

Value tensor_of(py::handle object, const TensorSpec& spec) {
    if (spec.dtype == DType::string) {
        return strings_of(object, spec);
    }
    const Port port(spec);
    const py::array array = port.array_of(object);
    const py::array stored = port.stored(array);
    Tensor tensor(spec.dtype, Dims(array.shape(), array.shape() + array.ndim()));
    const std::span<std::byte> to = tensor.bytes();
    if (!to.empty()) {
        std::memcpy(to.data(), stored.data(), to.size());
    }
    return tensor;
}

Value sequence_of(py::handle object, const TensorSpec& spec) {
    if (!py::isinstance<py::list>(object) && !py::isinstance<py::tuple>(object)) {
        refuse(object, spec, "a list or tuple");
    }
    const TensorSpec element = element_of(spec);
    std::vector<Value> items;
    for (const py::handle item : py::reinterpret_borrow<py::sequence>(object)) {
        items.push_back(value_of(item, element));
    }
    return Value::sequence(items);
}

Value map_of(py::handle object, const TensorSpec& spec) {
    if (!py::isinstance<py::dict>(object)) {
        refuse(object, spec, "a dict");
    }
    const auto dict = py::reinterpret_borrow<py::dict>(object);
    TensorSpec key = spec;
    key.kind = Kind::tensor;
    return Value::map(tensor_of(py::list(dict.attr("keys")()), key),
                      tensor_of(py::list(dict.attr("values")()), element_of(spec)));
}

py::object array_of_strings(const Value& value) {
    const Tensor tensor = value.tensor();
    const auto elements = value.strings();
    py::list list;
    for (const std::string& element : elements) {
        list.append(text(element));
    }
    const py::module_ numpy = py::module_::import("numpy");
    const py::object flat = numpy.attr("empty")(elements.size(), py::arg("dtype") = py::dtype("O"));
    flat[py::slice(std::nullopt, std::nullopt, std::nullopt)] = list;
    const auto dims = tensor.dims();
    py::tuple shape(dims.size());
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
        shape[axis] = dims[axis];
    }
    return flat.attr("reshape")(shape);
}

py::object dict_of(const Value& value, const TensorSpec& spec) {
    py::dict dict;
    const py::list keys = object_of(value.keys(), spec).attr("tolist")();
    const py::list values = object_of(value.values(), spec).attr("tolist")();
    for (std::size_t index = 0; index < keys.size(); ++index) {
        dict[keys[index]] = values[index];
    }
    return dict;
}

}  // namespace

Value value_of(py::handle object, const TensorSpec& spec) {
    switch (spec.kind) {
        case Kind::optional: return object.is_none() ? Value() : value_of(object, element_of(spec));
        case Kind::sequence: return sequence_of(object, spec);
        case Kind::map: return map_of(object, spec);
        case Kind::tensor:
        case Kind::unknown: break;
    }
    return tensor_of(object, spec);
}

py::object object_of(const Value& value, const TensorSpec& spec) {
    switch (value.kind()) {
        case Kind::map: return dict_of(value, spec);
        case Kind::sequence: {
            py::list list;
            for (std::size_t index = 0; index < value.size(); ++index) {
                list.append(object_of(value.at(index), spec));
            }
            return list;
        }
        case Kind::tensor: {
            const Tensor tensor = value.tensor();
            return tensor.dtype() == DType::string ? array_of_strings(value) : Port(spec).array_over(tensor);
        }
        case Kind::optional:
        case Kind::unknown: break;
    }
    return py::none();
}

}  // namespace onecnn::python
