// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The operations of the kernel dialect.
#ifndef KVANT_DIALECTS_KERNEL_KERNELOPS
#define KVANT_DIALECTS_KERNEL_KERNELOPS

include "dialects/Kernel/KernelDialect.td"
include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Kernel_BufferOf<list<Type> types>
    : AnyTypeOf<[StaticShapeTensorOf<types>, StaticShapeMemRefOf<types>]>;
/// Rank 4: [N, H, W, C] (the verifier checks the rank).
def Kernel_Image : Kernel_BufferOf<[I8, I16, I32, F32]>;
def Kernel_Vector : Kernel_BufferOf<[I8, I16, I32, F32]>;

class Kernel_Op<string mnemonic, list<Trait> traits = []>
    : Op<Kernel_Dialect, mnemonic, traits # [
        DestinationStyleOpInterface, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
        DeclareOpInterfaceMethods<BufferizableOpInterface,
            ["bufferizesToMemoryRead", "bufferizesToMemoryWrite", "getAliasingValues",
             "bufferize"]>]> {
  code destination = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
  }];
  let extraClassDeclaration = destination;
  let hasVerifier = 1;
}

def Kernel_PadOp : Kernel_Op<"pad"> {
  let summary = "copy into the middle of a larger buffer";
  let description = [{
    Writes `input` into `init` at `low` of height and width, and `value` around it. With
    `flip_sign` each byte that is copied has its top bit inverted (what an instruction that
    takes unsigned bytes wants); `value` is written as it is.
  }];
  let arguments = (ins Kernel_Image:$input, Kernel_Image:$init, DenseI64ArrayAttr:$low,
    TypedAttrInterface:$value, UnitAttr:$flip_sign);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $input `into` $init attr-dict `:` type($input) `into` type($init) (`->` type($results)^)?
  }];
}

def Kernel_PackOp : Kernel_Op<"pack"> {
  let summary = "weights of kernel.dot_conv from matrices that are computed";
  let description = [{
    Writes the bytes of `input` [N, K, C], for each of N images a matrix of K rows, in the order
    of packed weights of a `kernel.dot_conv` with a window of 1 by 1, K channels of input and C of
    output: those of each image behind those of the one before (`weights_by_image`). Groups and
    vectors that are not full are filled up with zeros.
  }];
  let arguments = (ins Kernel_BufferOf<[I8]>:$input, Kernel_BufferOf<[I8]>:$init,
    I64Attr:$lanes, I64Attr:$block);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $input `into` $init attr-dict `:` type($input) `into` type($init) (`->` type($results)^)?
  }];
}

/// What the two families of convolutions share.
class Kernel_ConvOp<string mnemonic> : Kernel_Op<mnemonic, [
    AttrSizedOperandSegments, SingleBlockImplicitTerminator<"YieldOp">]> {
  let arguments = (ins
    Kernel_Image:$input, Kernel_Vector:$weights, Kernel_Vector:$bias,
    Variadic<Kernel_Vector>:$channels, Variadic<Kernel_Image>:$elements, Kernel_Image:$init,
    DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$stride, DenseI64ArrayAttr:$dilation,
    I64Attr:$lanes, I64Attr:$block,
    DefaultValuedAttr<I32Attr, "0">:$input_offset, DefaultValuedAttr<I32Attr, "0">:$weight_zp,
    UnitAttr:$input_unsigned, UnitAttr:$full_range,
    OptionalAttr<DenseI64ArrayAttr>:$input_origin,
    OptionalAttr<DenseI64ArrayAttr>:$element_origins,
    OptionalAttr<DenseI64ArrayAttr>:$halo, OptionalAttr<TypedAttrInterface>:$halo_value,
    UnitAttr:$forward, UnitAttr:$backward, UnitAttr:$uniform,
    UnitAttr:$weights_by_image);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region SizedRegion<1>:$epilogue);
  let assemblyFormat = [{
    $input `weights` $weights `bias` $bias (`channels` $channels^)? (`elements` $elements^)?
    `into` $init attr-dict `:` type($input) `,` type($weights) `,` type($bias)
    (`channels` type($channels)^)? (`elements` type($elements)^)? `into` type($init)
    (`->` type($results)^)? `epilogue` $epilogue
  }];
  code shape = [{
    /// Channels of the result rounded up to whole blocks: the length of the bias.
    int64_t getPaddedChannels();
    /// True for 8-bit operands and 32-bit accumulators, false for float.
    bool isInteger();
    /// True if an output depends on the one pixel at its place.
    bool isPointwise() {
      return getWindow()[0] == 1 && getWindow()[1] == 1 && getStride()[0] == 1 &&
             getStride()[1] == 1;
    }
    ::mlir::ShapedType getInputType();
    ::mlir::ShapedType getInitType();
    /// What is computed: the destination without its halo.
    ::llvm::SmallVector<int64_t> getOutShape();
    /// Rows at the top and at the bottom and columns at the left and at the right of the
    /// destination that hold `halo_value`.
    ::llvm::SmallVector<int64_t> getHaloSides();
    /// Row and column of the input, and of an element operand, at which reading starts.
    ::llvm::SmallVector<int64_t> getInputStart();
    ::llvm::SmallVector<int64_t> getElementStart(size_t index);
    /// How many elements `weights` must have for an image.
    int64_t getPackedSize();
    /// 1 if the same weights and bias are for all images.
    int64_t getWeightImages() {
      return getWeightsByImage() ? getInitType().getShape()[0] : 1;
    }
  }];
  let extraClassDeclaration = destination # shape;
}

def Kernel_DotConvOp : Kernel_ConvOp<"dot_conv"> {
  let summary = "convolution, pointwise convolution or fully connected layer";
  let description = [{
    For each output pixel and channel

        acc = bias[oc] + sum over ky, kx, c of (x + input_offset) * (w - weight_zp)

    with x from the already padded `input`, then the epilogue: its block has as arguments the
    accumulator (i32 or f32), the element of each of `channels` for the channel, and the
    element of each of `elements` (of the shape of the result) at the place of the result; it
    yields the element of the result.

    The sum runs over `window[0]` rows; the bytes of a row that one output needs are
    contiguous if `dilation[1]` is 1: a *run* of `window[1] * C` elements, else there are
    `window[1]` runs of C. Runs are padded with zero weights to whole groups, and the kernel
    may read up to a multiple of 8. With groups of 4 and up to four channels, one or two elements
    that a run has behind its last whole group share groups with those of other rows
    (`getWindowRuns`); the kernel may read 63 bytes behind the last of them then.

    Packed weights: for each block of `block` channels, for each run, for each group of
    elements of the run (int8: 4, or 8 with 4 lanes; float: 1), for each channel of the block,
    the group. Channels
    come in vectors of `lanes`; the last block may be narrower, but holds whole vectors. With 4
    lanes of int8 and a stride of 1, the groups of a run of two or three taps of a multiple of 16
    channels follow each other in another order: for each 16 channels, for each tap, its two
    groups.

    `input_offset` is 0, or 128 where the dot instruction multiplies unsigned by signed bytes;
    `input_unsigned` says that the input holds unsigned bytes already. `full_range` says that
    some weight is -128, so that two products do not fit in 16 bits.

    With `weights_by_image` each image has packed weights and a bias of its own, behind those of
    the image before. Both may be computed by the program (`kernel.pack`).

    Buffers of images may be views with gaps between pixels, lines and images: slices of larger
    ones (`lib/Codegen/KernelOperands.h`).

    A buffer may be larger than what is read or computed. `halo` (top, bottom, left, right; like
    the padding of TOSA) is what the destination has around the result, and is filled with
    `halo_value`: the next convolution finds its padding there. `input_origin` is the row and
    column of the input at which the first window begins, and `element_origins` those of each
    element operand at which the first element is.

    With `forward` (`backward`) the buffers of input and destination may overlap, and the
    kernel goes through images and lines in that order, with all channels of a part before the
    next: what it promises not to overwrite too early is in `lib/Codegen/KernelOrder.h`.
  }];
}

def Kernel_DepthwiseConvOp : Kernel_ConvOp<"depthwise_conv"> {
  let summary = "depthwise convolution with multiplier 1";
  let description = [{
    As `kernel.dot_conv`, but each channel is convolved with its own window.

    Packed weights: for each block of `block` channels (`block` equals `lanes`), for each column
    of the window, for each group of 4 rows of the window (int8; 1 for float; missing rows are
    zero), for each channel of the block, the group.

    With `uniform` all channels have the same weights (an average pool does), and one block of
    them is there for all; there are whole blocks only.
  }];
}

def Kernel_ElementwiseOp : Kernel_Op<"elementwise", [
    SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "a function of the elements at one place, for all places";
  let description = [{
    What an epilogue does, without an accumulator in front: the block has as arguments the
    element of `input` and the element of each of `elements` at the place of the result, and
    yields the element of the result. All have the shape of the destination.
  }];
  let arguments = (ins Kernel_BufferOf<[I8, I16, I32, F32]>:$input,
    Variadic<Kernel_BufferOf<[I8, I16, I32, F32]>>:$elements,
    Kernel_BufferOf<[I8, I16, I32, F32]>:$init);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region SizedRegion<1>:$epilogue);
  let assemblyFormat = [{
    $input (`elements` $elements^)? `into` $init attr-dict `:` type($input)
    (`elements` type($elements)^)? `into` type($init) (`->` type($results)^)?
    `epilogue` $epilogue
  }];
}

def Kernel_YieldOp : Op<Kernel_Dialect, "yield", [Pure, Terminator, ReturnLike,
    ParentOneOf<["DotConvOp", "DepthwiseConvOp", "ElementwiseOp"]>]> {
  let summary = "the value of an epilogue";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), [{ }]>];
}

#endif // KVANT_DIALECTS_KERNEL_KERNELOPS
