// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Enumerations of the qnn dialect.
#ifndef KVANT_DIALECTS_QNN_QNNATTRS
#define KVANT_DIALECTS_QNN_QNNATTRS

include "dialects/Qnn/QnnDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def Qnn_ActivationEnum : I32EnumAttr<"Activation", "clamp fused into the producing operation", [
    I32EnumAttrCase<"None", 0, "none">,
    I32EnumAttrCase<"Relu", 1, "relu">,
    I32EnumAttrCase<"Relu6", 2, "relu6">,
    I32EnumAttrCase<"ReluN1To1", 3, "relu_n1_to_1">]> {
  let cppNamespace = "::kvant::qnn";
  let genSpecializedAttr = 0;
}
def Qnn_ActivationAttr : EnumAttr<Qnn_Dialect, Qnn_ActivationEnum, "activation"> {
  let assemblyFormat = "`<` $value `>`";
}

def Qnn_MirrorModeEnum : I32EnumAttr<"MirrorMode", "whether the edge itself is repeated", [
    I32EnumAttrCase<"Reflect", 0, "reflect">,
    I32EnumAttrCase<"Symmetric", 1, "symmetric">]> {
  let cppNamespace = "::kvant::qnn";
  let genSpecializedAttr = 0;
}
def Qnn_MirrorModeAttr : EnumAttr<Qnn_Dialect, Qnn_MirrorModeEnum, "mirror_mode"> {
  let assemblyFormat = "`<` $value `>`";
}

#endif // KVANT_DIALECTS_QNN_QNNATTRS
