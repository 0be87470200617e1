// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The operations of the qnn dialect, by family: contractions, pooling, binary arithmetic,
// activations, reductions, data movement, type changes.
#ifndef KVANT_DIALECTS_QNN_QNNOPS
#define KVANT_DIALECTS_QNN_QNNOPS

include "dialects/Qnn/QnnAttrs.td"
include "dialects/Qnn/QnnDialect.td"
include "dialects/Qnn/QnnInterfaces.td"
include "mlir/Dialect/Quant/IR/QuantBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Qnn_Quantized : Type<CPred<"::llvm::isa<::mlir::quant::QuantizedType>($_self)">,
                         "quantized type">;
def Qnn_Tensor : RankedTensorOf<
    [AnyFloat, AnySignlessInteger, AnyUnsignedInteger, Qnn_Quantized]>;
/// Tensors of real values: floats or quantized.
def Qnn_RealTensor : RankedTensorOf<[AnyFloat, Qnn_Quantized]>;
def Qnn_IndexTensor : RankedTensorOf<[I32, I64]>;

/// Bias: float, 32-bit integer quantized (or 64 bits, for 16-bit activations).
def Qnn_BiasTensor : RankedTensorOf<[AnyFloat, Qnn_Quantized]>;

class Qnn_Op<string mnemonic, list<Trait> traits = []>
    : Op<Qnn_Dialect, mnemonic,
         traits # [Pure, DeclareOpInterfaceMethods<ShapeInferenceOpInterface>]> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

/// An operation whose quantization behaviour differs from the interface's defaults in the
/// named methods, implemented in QnnQuantization.cpp.
class Qnn_Quantizable<list<string> methods = []>
    : DeclareOpInterfaceMethods<QuantizableOpInterface, methods>;

//===----------------------------------------------------------------------===//
// Constants and type changes
//===----------------------------------------------------------------------===//

def Qnn_ConstantOp : Qnn_Op<"constant", [ConstantLike]> {
  let summary = "a constant tensor";
  let description = [{
    `value` holds the elements: those of the result type, or the stored integers if the
    result is quantized. Large values are resources (`dense_resource`).
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Qnn_Tensor:$output);
  let assemblyFormat = "attr-dict $value `:` type($output)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Qnn_QuantizeOp : Qnn_Op<"quantize", [Qnn_Quantizable<["acceptsScheme"]>]> {
  let summary = "float to quantized: clamp(round(x / scale) + zero_point)";
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input);
  let results = (outs RankedTensorOf<[Qnn_Quantized]>:$output);
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Qnn_DequantizeOp : Qnn_Op<"dequantize", [Qnn_Quantizable<["acceptsScheme"]>]> {
  let summary = "quantized to float: scale * (stored - zero_point); also float16 to float32";
  let arguments = (ins Qnn_RealTensor:$input);
  let results = (outs RankedTensorOf<[AnyFloat]>:$output);
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Qnn_RequantizeOp : Qnn_Op<"requantize", [Qnn_Quantizable<[]>]> {
  let summary = "quantized to quantized with other parameters";
  let arguments = (ins RankedTensorOf<[Qnn_Quantized]>:$input);
  let results = (outs RankedTensorOf<[Qnn_Quantized]>:$output);
  let hasFolder = 1;
}

def Qnn_CastOp : Qnn_Op<"cast", [Qnn_Quantizable<["acceptsScheme"]>]> {
  let summary = "element type conversion; float to integer truncates";
  let arguments = (ins Qnn_Tensor:$input);
  let results = (outs Qnn_Tensor:$output);
  let hasFolder = 1;
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

class Qnn_WeightedOp<string mnemonic, list<Trait> traits = []>
    : Qnn_Op<mnemonic, traits # [Qnn_Quantizable<["getOperandRole", "getWeightChannelAxis", "acceptsScheme",
                         "getCost"]>]> {
  let assemblyFormat = [{
    $input `,` $filter (`,` $bias^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

defvar Qnn_ActivationDefault = "::kvant::qnn::Activation::None";

def Qnn_Conv2DOp : Qnn_WeightedOp<"conv_2d"> {
  let summary = "2-d convolution, NHWC";
  let description = [{
    input [N, H, W, C], filter [O, KH, KW, C / groups], bias [O], output [N, OH, OW, O].
    `padding` is [top, bottom, left, right]; padded elements are real zeros. The number of
    groups follows from the filter's last dimension.
  }];
  let arguments = (ins Qnn_RealTensor:$input, Qnn_RealTensor:$filter,
    Optional<Qnn_BiasTensor>:$bias,
    DenseI64ArrayAttr:$stride, DenseI64ArrayAttr:$dilation, DenseI64ArrayAttr:$padding,
    DefaultValuedAttr<Qnn_ActivationAttr, Qnn_ActivationDefault>:$activation);
  let results = (outs Qnn_RealTensor:$output);
  let extraClassDeclaration = [{
    /// input channels / filter channels; at least 1 on a verified operation.
    int64_t getGroups();
  }];
}

def Qnn_DepthwiseConv2DOp : Qnn_WeightedOp<"depthwise_conv_2d"> {
  let summary = "depthwise 2-d convolution, NHWC";
  let description = [{
    input [N, H, W, C], filter [1, KH, KW, C * M], bias [C * M], output [N, OH, OW, C * M].
    Output channel `c * M + m` reads input channel `c`.
  }];
  let arguments = (ins Qnn_RealTensor:$input, Qnn_RealTensor:$filter,
    Optional<Qnn_BiasTensor>:$bias,
    DenseI64ArrayAttr:$stride, DenseI64ArrayAttr:$dilation, DenseI64ArrayAttr:$padding,
    DefaultValuedAttr<Qnn_ActivationAttr, Qnn_ActivationDefault>:$activation);
  let results = (outs Qnn_RealTensor:$output);
  let extraClassDeclaration = [{
    /// Output channels per input channel (M).
    int64_t getMultiplier();
  }];
}

def Qnn_TransposeConv2DOp : Qnn_WeightedOp<"transpose_conv_2d"> {
  let summary = "transposed 2-d convolution, NHWC";
  let description = [{
    input [N, H, W, C], filter [O, KH, KW, C], bias [O], output [N, OH, OW, O]: every input
    element adds `filter * input` to the output window at `(h * stride - padding)`. Output
    size: (H - 1) * stride + KH - top - bottom, and alike for the width; negative `padding`
    at the bottom or right enlarges the output.
  }];
  let arguments = (ins Qnn_RealTensor:$input, Qnn_RealTensor:$filter,
    Optional<Qnn_BiasTensor>:$bias,
    DenseI64ArrayAttr:$stride, DenseI64ArrayAttr:$padding,
    DefaultValuedAttr<Qnn_ActivationAttr, Qnn_ActivationDefault>:$activation);
  let results = (outs Qnn_RealTensor:$output);
}

def Qnn_FullyConnectedOp : Qnn_WeightedOp<"fully_connected"> {
  let summary = "input times transposed filter, plus bias";
  let description = [{
    input [..., K], filter [O, K], bias [O]. The output is [..., O]. If its rank is not that
    of the input, it is [B, O], and the input's elements are read as B rows of K.
  }];
  let arguments = (ins Qnn_RealTensor:$input, Qnn_RealTensor:$filter,
    Optional<Qnn_BiasTensor>:$bias,
    DefaultValuedAttr<Qnn_ActivationAttr, Qnn_ActivationDefault>:$activation);
  let results = (outs Qnn_RealTensor:$output);
}

def Qnn_BatchMatMulOp : Qnn_Op<"batch_matmul", [Qnn_Quantizable<["getCost"]>]> {
  let summary = "matrix product over the two last dimensions";
  let description = [{
    lhs [..., M, K] (or [..., K, M] with `adj_x`), rhs [..., K, N] (or [..., N, K] with
    `adj_y`), output [..., M, N]. Leading dimensions broadcast.
  }];
  let arguments = (ins Qnn_RealTensor:$lhs, Qnn_RealTensor:$rhs,
    UnitAttr:$adj_x, UnitAttr:$adj_y);
  let results = (outs Qnn_RealTensor:$output);
  let hasVerifier = 1;
}

def Qnn_BatchNormOp : Qnn_Op<"batch_norm", [Qnn_Quantizable<["getOperandRole", "acceptsScheme"]>]> {
  let summary = "(x - mean) / sqrt(variance + epsilon) * scale + offset over the last axis";
  let arguments = (ins Qnn_RealTensor:$input, Qnn_RealTensor:$scale, Qnn_RealTensor:$offset,
    Qnn_RealTensor:$mean, Qnn_RealTensor:$variance, F32Attr:$epsilon);
  let results = (outs Qnn_RealTensor:$output);
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Pooling and resizing
//===----------------------------------------------------------------------===//

class Qnn_PoolOp<string mnemonic> : Qnn_Op<mnemonic,
    [Qnn_Quantizable<["sharesScale", "getCost"]>]> {
  let arguments = (ins Qnn_RealTensor:$input,
    DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$stride, DenseI64ArrayAttr:$padding,
    DefaultValuedAttr<Qnn_ActivationAttr, Qnn_ActivationDefault>:$activation);
  let results = (outs Qnn_RealTensor:$output);
  let hasVerifier = 1;
}
def Qnn_AvgPool2DOp : Qnn_PoolOp<"avg_pool_2d"> {
  let summary = "2-d average pooling, NHWC; padded elements are not counted";
}
def Qnn_MaxPool2DOp : Qnn_PoolOp<"max_pool_2d"> {
  let summary = "2-d maximum pooling, NHWC";
}

class Qnn_ResizeOp<string mnemonic> : Qnn_Op<mnemonic,
    [Qnn_Quantizable<["sharesScale", "acceptsScheme"]>]> {
  let description = [{
    input [N, H, W, C]; the output size is `size` = [OH, OW]. At most one of
    `align_corners` and `half_pixel_centers` is set, as in TFLite.
  }];
  let arguments = (ins Qnn_RealTensor:$input, DenseI64ArrayAttr:$size,
    UnitAttr:$align_corners, UnitAttr:$half_pixel_centers);
  let results = (outs Qnn_RealTensor:$output);
  let hasVerifier = 1;
}
def Qnn_ResizeBilinearOp : Qnn_ResizeOp<"resize_bilinear"> {
  let summary = "bilinear resize of height and width";
}
def Qnn_ResizeNearestOp : Qnn_ResizeOp<"resize_nearest"> {
  let summary = "nearest-neighbour resize of height and width";
}

//===----------------------------------------------------------------------===//
// Binary arithmetic; operands broadcast as in numpy
//===----------------------------------------------------------------------===//

class Qnn_BinaryOp<string mnemonic, string what, list<string> methods = [], list<Trait> traits = []>
    : Qnn_Op<mnemonic, traits # [Qnn_Quantizable<methods>]> {
  let summary = what;
  let arguments = (ins Qnn_Tensor:$lhs, Qnn_Tensor:$rhs,
    DefaultValuedAttr<Qnn_ActivationAttr, Qnn_ActivationDefault>:$activation);
  let results = (outs Qnn_Tensor:$output);
  let hasVerifier = 1;
  let hasFolder = 1;
}
def Qnn_AddOp : Qnn_BinaryOp<"add", "lhs + rhs", [], [Commutative]>;
def Qnn_SubOp : Qnn_BinaryOp<"sub", "lhs - rhs">;
def Qnn_MulOp : Qnn_BinaryOp<"mul", "lhs * rhs", [], [Commutative]>;
def Qnn_DivOp : Qnn_BinaryOp<"div", "lhs / rhs", ["acceptsScheme"]>;
def Qnn_MinimumOp : Qnn_BinaryOp<"minimum", "the smaller of lhs and rhs", [], [Commutative]>;
def Qnn_MaximumOp : Qnn_BinaryOp<"maximum", "the larger of lhs and rhs", [], [Commutative]>;
def Qnn_SquaredDifferenceOp
    : Qnn_BinaryOp<"squared_difference", "(lhs - rhs)^2", [], [Commutative]>;

//===----------------------------------------------------------------------===//
// Unary: activations and maths
//===----------------------------------------------------------------------===//

class Qnn_UnaryOp<string mnemonic, string what, list<string> methods = []>
    : Qnn_Op<mnemonic, [Qnn_Quantizable<methods>]> {
  let summary = what;
  let arguments = (ins Qnn_Tensor:$input);
  let results = (outs Qnn_Tensor:$output);
  let hasVerifier = 1;
  let hasFolder = 1;
}
def Qnn_ReluOp : Qnn_UnaryOp<"relu", "max(x, 0)">;
def Qnn_Relu6Op : Qnn_UnaryOp<"relu6", "min(max(x, 0), 6)">;
def Qnn_ReluN1To1Op : Qnn_UnaryOp<"relu_n1_to_1", "min(max(x, -1), 1)">;
def Qnn_LogisticOp : Qnn_UnaryOp<"logistic", "1 / (1 + exp(-x))", ["getFixedOutputScale"]>;
def Qnn_TanhOp : Qnn_UnaryOp<"tanh", "hyperbolic tangent", ["getFixedOutputScale"]>;
def Qnn_HardSwishOp : Qnn_UnaryOp<"hard_swish", "x * min(max(x + 3, 0), 6) / 6">;
def Qnn_EluOp : Qnn_UnaryOp<"elu", "x if x > 0, else exp(x) - 1">;
def Qnn_AbsOp : Qnn_UnaryOp<"abs", "absolute value">;
def Qnn_NegOp : Qnn_UnaryOp<"neg", "-x">;
def Qnn_ExpOp : Qnn_UnaryOp<"exp", "e^x">;
def Qnn_LogOp : Qnn_UnaryOp<"log", "natural logarithm">;
def Qnn_SqrtOp : Qnn_UnaryOp<"sqrt", "square root">;
def Qnn_RsqrtOp : Qnn_UnaryOp<"rsqrt", "1 / square root">;
def Qnn_SinOp : Qnn_UnaryOp<"sin", "sine of radians">;
def Qnn_CosOp : Qnn_UnaryOp<"cos", "cosine of radians">;

def Qnn_GeluOp : Qnn_UnaryOp<"gelu", "Gaussian error linear unit"> {
  let description = "x * Phi(x); with `approximate`, the tanh form of Hendrycks and Gimpel.";
  let arguments = (ins Qnn_RealTensor:$input, UnitAttr:$approximate);
}
def Qnn_LeakyReluOp : Qnn_UnaryOp<"leaky_relu", "x if x >= 0, else alpha * x"> {
  let arguments = (ins Qnn_RealTensor:$input, F32Attr:$alpha);
}
def Qnn_PReluOp : Qnn_Op<"prelu", [Qnn_Quantizable<["getOperandRole"]>]> {
  let summary = "x if x >= 0, else alpha * x, alpha broadcast";
  let arguments = (ins Qnn_RealTensor:$input, Qnn_RealTensor:$alpha);
  let results = (outs Qnn_RealTensor:$output);
  let hasVerifier = 1;
}
def Qnn_SoftmaxOp : Qnn_Op<"softmax", [Qnn_Quantizable<["getFixedOutputScale"]>]> {
  let summary = "exp(beta * x) / sum(exp(beta * x)) over the last axis";
  let arguments = (ins Qnn_RealTensor:$input, DefaultValuedAttr<F32Attr, "1.0f">:$beta);
  let results = (outs Qnn_RealTensor:$output);
  let hasVerifier = 1;
}
def Qnn_LogSoftmaxOp : Qnn_Op<"log_softmax", [Qnn_Quantizable<["getFixedOutputScale"]>]> {
  let summary = "x - log(sum(exp(x))) over the last axis";
  let arguments = (ins Qnn_RealTensor:$input);
  let results = (outs Qnn_RealTensor:$output);
  let hasVerifier = 1;
}
def Qnn_L2NormalizeOp : Qnn_Op<"l2_normalize", [Qnn_Quantizable<["getFixedOutputScale"]>]> {
  let summary = "x / sqrt(max(sum(x^2), epsilon)) over the last axis";
  let arguments = (ins Qnn_RealTensor:$input, DefaultValuedAttr<F32Attr, "1e-6f">:$epsilon);
  let results = (outs Qnn_RealTensor:$output);
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

class Qnn_ReduceOp<string mnemonic, string what, list<string> methods = []>
    : Qnn_Op<mnemonic, [Qnn_Quantizable<methods>]> {
  let summary = what;
  let description = [{
    `axes` are distinct, non-negative and ascending. With `keep_dims` they stay as 1.
  }];
  let arguments = (ins Qnn_Tensor:$input, DenseI64ArrayAttr:$axes, UnitAttr:$keep_dims);
  let results = (outs Qnn_Tensor:$output);
  let hasVerifier = 1;
}
def Qnn_MeanOp : Qnn_ReduceOp<"mean", "mean over axes">;
def Qnn_ReduceSumOp : Qnn_ReduceOp<"reduce_sum", "sum over axes">;
def Qnn_ReduceMaxOp : Qnn_ReduceOp<"reduce_max", "maximum over axes", ["sharesScale"]>;

class Qnn_ArgOp<string mnemonic, string what> : Qnn_Op<mnemonic, [Qnn_Quantizable<["acceptsScheme"]>]> {
  let summary = what;
  let description = "The first index along `axis` wins a tie; `axis` is dropped.";
  let arguments = (ins Qnn_Tensor:$input, I64Attr:$axis);
  let results = (outs Qnn_IndexTensor:$output);
}
def Qnn_ArgMaxOp : Qnn_ArgOp<"arg_max", "index of the largest element">;
def Qnn_ArgMinOp : Qnn_ArgOp<"arg_min", "index of the smallest element">;

//===----------------------------------------------------------------------===//
// Data movement: stored values only move, so scales are shared
//===----------------------------------------------------------------------===//

class Qnn_MoveOp<string mnemonic, string what, list<string> methods = []>
    : Qnn_Op<mnemonic, [Qnn_Quantizable<["sharesScale"] # methods>]> {
  let summary = what;
  let hasVerifier = 1;
}

def Qnn_PadOp : Qnn_MoveOp<"pad", "pads with `value` (a real number)"> {
  let description = "`padding` is [before_0, after_0, before_1, after_1, ...], none negative.";
  let arguments = (ins Qnn_Tensor:$input, DenseI64ArrayAttr:$padding,
    DefaultValuedAttr<F32Attr, "0.0f">:$value);
  let results = (outs Qnn_Tensor:$output);
}
def Qnn_MirrorPadOp : Qnn_MoveOp<"mirror_pad", "pads with mirrored content"> {
  let arguments = (ins Qnn_Tensor:$input, DenseI64ArrayAttr:$padding, Qnn_MirrorModeAttr:$mode);
  let results = (outs Qnn_Tensor:$output);
}
def Qnn_ConcatOp : Qnn_MoveOp<"concat", "joins tensors along `axis`"> {
  let arguments = (ins Variadic<Qnn_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs Qnn_Tensor:$output);
}
def Qnn_SplitOp : Qnn_MoveOp<"split", "cuts a tensor along `axis` into pieces of `sizes`"> {
  let arguments = (ins Qnn_Tensor:$input, I64Attr:$axis, DenseI64ArrayAttr:$sizes);
  let results = (outs Variadic<Qnn_Tensor>:$outputs);
}
def Qnn_SliceOp : Qnn_MoveOp<"slice", "the box of `size` at `begin`"> {
  let arguments = (ins Qnn_Tensor:$input, DenseI64ArrayAttr:$begin, DenseI64ArrayAttr:$size);
  let results = (outs Qnn_Tensor:$output);
}
def Qnn_StridedSliceOp : Qnn_MoveOp<"strided_slice", "elements begin, begin + stride, ... before end"> {
  let description = [{
    One entry per dimension of the input; masks of the source format are resolved at import.
    `begin` is in [0, dim), a stride may be negative, then `end` is in [-1, dim). Dimensions
    listed in `shrink_axes` have one element and are dropped from the result.
  }];
  let arguments = (ins Qnn_Tensor:$input, DenseI64ArrayAttr:$begin, DenseI64ArrayAttr:$end,
    DenseI64ArrayAttr:$stride, DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$shrink_axes);
  let results = (outs Qnn_Tensor:$output);
}
def Qnn_ReshapeOp : Qnn_MoveOp<"reshape", "the same elements in another shape"> {
  let description = "The shape is that of the result; the number of elements stays.";
  let arguments = (ins Qnn_Tensor:$input, DenseI64ArrayAttr:$shape);
  let results = (outs Qnn_Tensor:$output);
  let hasFolder = 1;
}
def Qnn_TransposeOp : Qnn_MoveOp<"transpose", "permutes dimensions: output dim i is input dim perms[i]"> {
  let arguments = (ins Qnn_Tensor:$input, DenseI64ArrayAttr:$perms);
  let results = (outs Qnn_Tensor:$output);
  let hasFolder = 1;
}
def Qnn_PackOp : Qnn_MoveOp<"pack", "stacks tensors along a new `axis`"> {
  let arguments = (ins Variadic<Qnn_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs Qnn_Tensor:$output);
}
def Qnn_UnpackOp : Qnn_MoveOp<"unpack", "cuts a tensor along `axis` and drops it"> {
  let arguments = (ins Qnn_Tensor:$input, I64Attr:$axis);
  let results = (outs Variadic<Qnn_Tensor>:$outputs);
}
def Qnn_TileOp : Qnn_MoveOp<"tile", "repeats a tensor `multiples` times along each dimension"> {
  let arguments = (ins Qnn_Tensor:$input, DenseI64ArrayAttr:$multiples);
  let results = (outs Qnn_Tensor:$output);
}
def Qnn_GatherOp : Qnn_MoveOp<"gather", "slices of `input` along `axis` at `indices`", ["getOperandRole"]> {
  let description = [{
    Output shape: input[:axis] + indices + input[axis+1:], with the first `batch_dims`
    dimensions shared by both. An index out of range reads the nearest element.
  }];
  let arguments = (ins Qnn_Tensor:$input, Qnn_IndexTensor:$indices, I64Attr:$axis,
    DefaultValuedAttr<I64Attr, "0">:$batch_dims);
  let results = (outs Qnn_Tensor:$output);
}
def Qnn_SpaceToDepthOp : Qnn_MoveOp<"space_to_depth", "moves blocks of height and width into channels"> {
  let arguments = (ins Qnn_Tensor:$input, I64Attr:$block_size);
  let results = (outs Qnn_Tensor:$output);
}
def Qnn_DepthToSpaceOp : Qnn_MoveOp<"depth_to_space", "moves channels into blocks of height and width"> {
  let arguments = (ins Qnn_Tensor:$input, I64Attr:$block_size);
  let results = (outs Qnn_Tensor:$output);
}

#endif // KVANT_DIALECTS_QNN_QNNOPS
