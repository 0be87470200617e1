// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arrays of numpy and arrays of Kvant.
#ifndef KVANT_PYTHON_ARRAYS_H
#define KVANT_PYTHON_ARRAYS_H

#include "kvant/Support/Npz.h"
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

namespace kvant::python {

using InputArray = nanobind::ndarray<nanobind::ro, nanobind::c_contig, nanobind::device::cpu>;
using OutputArray = nanobind::ndarray<nanobind::numpy>;

/// Copies an array; the error names it and its type if the type is none of ours.
llvm::Expected<NpyArray> fromNumpy(llvm::StringRef name, const InputArray &array);

/// Hands the elements over to numpy.
OutputArray toNumpy(NpyArray array);

} // namespace kvant::python

#endif // KVANT_PYTHON_ARRAYS_H
