// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a compiled program to the files that a user takes away.
#ifndef KVANT_PACKAGE_PACKAGE_H
#define KVANT_PACKAGE_PACKAGE_H

#include "kvant/Codegen/Target.h"
#include "kvant/Package/Info.h"
#include "mlir/IR/BuiltinOps.h"

namespace kvant::package {

using Bytes = llvm::SmallVector<char, 0>;

/// `text` as an identifier of C: what names the functions of a program, and its header.
std::string makeIdentifier(llvm::StringRef text);

/// Adds NAME_info() to a module of the LLVM dialect, and makes every other symbol but
/// NAME_run local, so that programs link beside each other.
void addInfo(mlir::ModuleOp module, const ProgramInfo &info);

/// The C header of a program.
std::string makeHeader(const ProgramInfo &info, const codegen::Target &target);

/// A shared library of one object. `soname` is the name that programs record when they link
/// against it.
llvm::Expected<Bytes> linkLibrary(llvm::ArrayRef<char> object, const ProgramInfo &info,
                                  llvm::StringRef soname, const codegen::Target &target);

/// A static executable around one object, see lib/Runtime/Runner.c.
llvm::Expected<Bytes> linkRunner(llvm::ArrayRef<char> object, const ProgramInfo &info,
                                 const codegen::Target &target);

/// A static library of one object.
llvm::Expected<Bytes> makeArchive(llvm::ArrayRef<char> object, const ProgramInfo &info);

} // namespace kvant::package

#endif // KVANT_PACKAGE_PACKAGE_H
