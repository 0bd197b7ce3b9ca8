// SPDX-License-Identifier: Apache-2.0
#include "port.h"

#include <utility>

#include "dtypes.h"
#include "packed.h"

namespace py = pybind11;

namespace onecnn::python {
namespace {

constexpr int row_major_aligned = int{py::array::c_style} | int{py::detail::npy_api::NPY_ARRAY_ALIGNED_};

py::object described_dim(const Dim& dim) {
    if (dim.value >= 0) {
        return py::int_(dim.value);
    }
    if (dim.name.empty()) {
        return py::none();
    }
    return py::str(dim.name);
}

py::object described_dims(const std::optional<std::vector<Dim>>& dims) {
    if (!dims) {
        return py::none();
    }
    py::tuple shape(dims->size());
    for (std::size_t axis = 0; axis < dims->size(); ++axis) {
        shape[axis] = described_dim((*dims)[axis]);
    }
    return shape;
}

const char* without_numpy_type(DType dtype) {
    return is_extension(dtype) ? "a type that numpy has from the package ml_dtypes, which is not installed or too old"
                               : "for which numpy has no type";
}

}  // namespace

std::string described_type(const TensorSpec& spec) {
    const auto element = [&spec] { return spec.element ? described_type(*spec.element) : "undefined"; };
    switch (spec.kind) {
        case Kind::sequence: return "sequence(" + element() + ")";
        case Kind::optional: return "optional(" + element() + ")";
        case Kind::map: return std::string("map(") + name(spec.dtype) + ", " + element() + ")";
        case Kind::tensor:
        case Kind::unknown: break;
    }
    return name(spec.dtype);
}

Port::Port(TensorSpec spec)
    : spec_(std::move(spec)), numpy_(numpy_dtype(spec_.dtype)), type_number_(numpy_ ? numpy_->num() : -1) {}

py::tuple Port::described() const {
    return py::make_tuple(spec_.name, described_type(spec_), described_dims(spec_.dims));
}

bool Port::matches(const py::array& array) const {
    const py::dtype given = array.dtype();
    const bool native = given.byteorder() == '=' || given.byteorder() == '|';
    // Two numbers may name one type: long and long long.
    return (given.num() == type_number_ && native) || given.equal(*numpy_);
}

void Port::refuse(const py::array& array) const {
    const std::string given = py::str(array.dtype());
    std::string message = "input '" + spec_.name + "' takes " + name(spec_.dtype) + ", " + given + " given";
    if (array.dtype().kind() != 'O') {
        message += std::string("; convert it with .astype(") + (is_extension(spec_.dtype) ? "ml_dtypes." : "np.") +
                   name(spec_.dtype) + ")";
    }
    throw Error(Status::invalid_argument, message);
}

py::array Port::array_of(py::handle object) const {
    if (!numpy_) {
        throw Error(Status::invalid_argument,
                    "input '" + spec_.name + "' takes " + name(spec_.dtype) + ", " + without_numpy_type(spec_.dtype));
    }
    py::array array;
    if (py::isinstance<py::array>(object)) {
        array = py::reinterpret_borrow<py::array>(object);
    } else {
        array = py::module_::import("onecnn._arrays").attr("to_array")(object, name(spec_.dtype), spec_.name);
    }
    if (!matches(array)) {
        refuse(array);
    }
    if ((array.flags() & row_major_aligned) == row_major_aligned) {
        return array;
    }
    auto copy = py::array::ensure(array, row_major_aligned);
    if (!copy) {
        throw py::error_already_set();
    }
    return copy;
}

py::array Port::stored(const py::array& array) const {
    return packed_bits(spec_.dtype) ? packed(spec_.dtype, array) : array;
}

py::array Port::array_over(const Tensor& tensor) const {
    const DType dtype = tensor.dtype();
    // A model may leave an output's type open.
    const auto numpy = dtype == spec_.dtype ? numpy_ : numpy_dtype(dtype);
    if (!numpy) {
        throw Error(Status::invalid_argument,
                    "output '" + spec_.name + "' is " + name(dtype) + ", " + without_numpy_type(dtype));
    }
    const auto dims = tensor.dims();
    py::array::ShapeContainer shape(dims.begin(), dims.end());
    void* const memory = onecnn_value_data(tensor.handle());
    if (packed_bits(dtype)) {
        return unpacked(tensor, *numpy);
    }
    if (tensor.bytes().empty()) {
        return {*numpy, std::move(shape)};
    }
    const py::capsule keeper(onecnn_value_retain(tensor.handle()),
                             [](void* value) { onecnn_value_release(static_cast<onecnn_value*>(value)); });
    return {*numpy, std::move(shape), memory, keeper};
}

}  // namespace onecnn::python
