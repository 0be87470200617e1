// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// kvant-record-interface: the outer side of a program, noted before types become buffers.

#include "kvant/Codegen/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"

using namespace mlir;

namespace kvant::codegen {

#define GEN_PASS_DEF_RECORDINTERFACE
#include "kvant/Codegen/Passes.h.inc"

namespace {

/// Types that an array of the caller can have.
bool isOuterType(Type type) {
  if (isa<Float16Type, Float32Type, Float64Type>(type))
    return true;
  auto integer = dyn_cast<IntegerType>(type);
  return integer && llvm::is_contained({1u, 8u, 16u, 32u, 64u}, integer.getWidth());
}

bool usesFloats(func::FuncOp function) {
  auto isFloat = [](Type type) { return isa<FloatType>(getElementTypeOrSelf(type)); };
  WalkResult result = function.walk([&](Operation *op) {
    if (llvm::any_of(op->getOperandTypes(), isFloat) || llvm::any_of(op->getResultTypes(), isFloat))
      return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return result.wasInterrupted() || llvm::any_of(function.getArgumentTypes(), isFloat);
}

/// A C identifier, as the name becomes the prefix of symbols.
bool isIdentifier(StringRef name) {
  if (name.empty() || llvm::isDigit(name.front()))
    return false;
  return llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

struct RecordInterface : impl::RecordInterfaceBase<RecordInterface> {
  using Base::Base;

  FailureOr<DictionaryAttr> describe(func::FuncOp function, StringRef kind, unsigned index,
                                     Type type, DictionaryAttr attributes) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape() || !isOuterType(tensor.getElementType())) {
      function.emitOpError() << "expected " << kind << " " << index
                             << " to be a ranked tensor of static shape with elements of i1, "
                                "i8, i16, i32, i64, f16, f32 or f64, got "
                             << type;
      return failure();
    }
    Builder builder(&getContext());
    auto name = attributes ? attributes.getAs<StringAttr>("qnn.name") : StringAttr();
    if (!name)
      name = builder.getStringAttr((kind == "argument" ? "arg" : "output") + Twine(index));
    NamedAttrList entries;
    entries.set("name", name);
    entries.set("type", TypeAttr::get(tensor));
    // As plain numbers, so that tools without the quant dialect read the LLVM dialect too.
    if (auto quant = attributes ? attributes.getAs<TypeAttr>("qnn.quant") : TypeAttr()) {
      auto uniform = dyn_cast<quant::UniformQuantizedType>(quant.getValue());
      if (!uniform) {
        function.emitOpError() << "expected a !quant.uniform type per tensor as qnn.quant of "
                               << kind << " " << index << ", got " << quant.getValue();
        return failure();
      }
      entries.set("scale", builder.getF64FloatAttr(uniform.getScale()));
      entries.set("zero_point", builder.getI64IntegerAttr(uniform.getZeroPoint()));
      entries.set("unsigned", builder.getBoolAttr(!uniform.isSigned()));
    }
    return entries.getDictionary(&getContext());
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (!isIdentifier(name)) {
      module.emitError() << "expected a C identifier as name, got '" << name << "'";
      return signalPassFailure();
    }
    auto functions = llvm::to_vector(module.getOps<func::FuncOp>());
    if (functions.size() != 1 || functions.front().getName() != "main" ||
        functions.front().isExternal()) {
      module.emitError("expected a module of one function @main with a body");
      return signalPassFailure();
    }
    func::FuncOp main = functions.front();
    if (main.getNumResults() == 0) {
      main.emitOpError("expected at least one result");
      return signalPassFailure();
    }

    Builder builder(&getContext());
    SmallVector<Attribute> inputs, outputs;
    for (auto [index, type] : llvm::enumerate(main.getArgumentTypes())) {
      FailureOr<DictionaryAttr> entry =
          describe(main, "argument", index, type, main.getArgAttrDict(index));
      if (failed(entry))
        return signalPassFailure();
      inputs.push_back(*entry);
    }
    for (auto [index, type] : llvm::enumerate(main.getResultTypes())) {
      FailureOr<DictionaryAttr> entry =
          describe(main, "result", index, type, main.getResultAttrDict(index));
      if (failed(entry))
        return signalPassFailure();
      outputs.push_back(*entry);
    }
    main.setPrivate();
    module->setAttr("kvant.name", builder.getStringAttr(name));
    module->setAttr("kvant.inputs", builder.getArrayAttr(inputs));
    module->setAttr("kvant.outputs", builder.getArrayAttr(outputs));
    module->setAttr("kvant.integer_only", builder.getBoolAttr(!usesFloats(main)));
    // What the names and ranges of single operations were for is over; symbols and bits of
    // the library must not depend on them.
    NamedAttribute readOnly(bufferization::BufferizationDialect::kWritableAttrName,
                            builder.getBoolAttr(false));
    for (unsigned index = 0; index != main.getNumArguments(); ++index)
      main.setArgAttrs(index, ArrayRef<NamedAttribute>{readOnly});
    for (unsigned index = 0; index != main.getNumResults(); ++index)
      main.setResultAttrs(index, ArrayRef<NamedAttribute>());
  }
};

} // namespace
} // namespace kvant::codegen
