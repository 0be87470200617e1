// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Arrays.h"

#include <cstring>

namespace nb = nanobind;

namespace kvant::python {

static nb::dlpack::dtype getDType(ElementKind kind) {
  auto make = [&](nb::dlpack::dtype_code code) {
    return nb::dlpack::dtype{static_cast<uint8_t>(code),
                             static_cast<uint8_t>(8 * getElementSize(kind)), 1};
  };
  switch (kind) {
  case ElementKind::Bool:
    return make(nb::dlpack::dtype_code::Bool);
  case ElementKind::I8:
  case ElementKind::I16:
  case ElementKind::I32:
  case ElementKind::I64:
    return make(nb::dlpack::dtype_code::Int);
  case ElementKind::U8:
  case ElementKind::U16:
  case ElementKind::U32:
  case ElementKind::U64:
    return make(nb::dlpack::dtype_code::UInt);
  case ElementKind::F16:
  case ElementKind::F32:
  case ElementKind::F64:
    return make(nb::dlpack::dtype_code::Float);
  }
  llvm_unreachable("all kinds are handled");
}

llvm::Expected<NpyArray> fromNumpy(llvm::StringRef name, const InputArray &array) {
  for (ElementKind kind :
       {ElementKind::Bool, ElementKind::I8, ElementKind::U8, ElementKind::I16, ElementKind::U16,
        ElementKind::I32, ElementKind::U32, ElementKind::I64, ElementKind::U64, ElementKind::F16,
        ElementKind::F32, ElementKind::F64}) {
    if (!(array.dtype() == getDType(kind)))
      continue;
    NpyArray result;
    result.name = name.str();
    result.kind = kind;
    for (size_t i = 0; i < array.ndim(); ++i)
      result.shape.push_back(array.shape(i));
    const char *begin = static_cast<const char *>(array.data());
    result.data.assign(begin, begin + array.nbytes());
    return result;
  }
  return llvm::createStringError(std::make_error_code(std::errc::invalid_argument),
                                 "array '" + name + "' has a type that no input takes");
}

OutputArray toNumpy(NpyArray array) {
  auto *owned = new NpyArray(std::move(array));
  nb::capsule owner(owned, [](void *p) noexcept { delete static_cast<NpyArray *>(p); });
  std::vector<size_t> shape(owned->shape.begin(), owned->shape.end());
  return OutputArray(owned->data.data(), shape.size(), shape.data(), owner, nullptr,
                     getDType(owned->kind));
}

} // namespace kvant::python
