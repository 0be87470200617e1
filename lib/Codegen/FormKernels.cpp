// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions with constant weights become kernels with packed operands.
#include "kvant/Codegen/Passes.h"

#include "FormElementwise.h"
#include "FormMatmul.h"
#include "KernelEpilogue.h"
#include "KernelPacking.h"
#include "KernelSignedness.h"
#include "KernelTile.h"
#include "ProductChain.h"
#include "TileTable.h"
#include "dialects/Kernel/Kernel.h"
#include "kvant/Codegen/AccumulatorRange.h"
#include "kvant/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kvant::codegen {
#define GEN_PASS_DEF_FORMKERNELS
#include "kvant/Codegen/Passes.h.inc"

namespace {

/// A convolution of TOSA, in the terms that both families share.
struct Convolution {
  Operation *op;
  Value input;
  RankedTensorType inputType, resultType;
  std::vector<int64_t> weights; ///< of integers, in the order of TOSA
  std::vector<float> floatWeights;
  std::vector<int64_t> bias; ///< per channel
  std::vector<float> floatBias;
  int64_t inputZp = 0, weightZp = 0;
  SmallVector<int64_t> pad, stride, dilation, window;
  bool depthwise = false;

  bool isInteger() const { return inputType.getElementType().isInteger(8); }
  int64_t getChannels() const { return resultType.getShape()[3]; }
};

/// Reads what a kernel needs from a convolution; fails on what only the general road takes:
/// weights or bias that are no constants, other element types, channel multipliers.
template <typename OpT> FailureOr<Convolution> readConvolution(OpT op) {
  Convolution conv;
  conv.op = op;
  conv.input = op.getInput();
  conv.inputType = dyn_cast<RankedTensorType>(op.getInput().getType());
  conv.resultType = dyn_cast<RankedTensorType>(op.getOutput().getType());
  conv.depthwise = std::is_same_v<OpT, tosa::DepthwiseConv2DOp>;
  if (!conv.inputType || !conv.resultType || !conv.inputType.hasStaticShape() ||
      !conv.resultType.hasStaticShape() || conv.resultType.getNumElements() == 0)
    return failure();
  std::optional<ConstantReader> weights = ConstantReader::create(op.getWeight());
  std::optional<ConstantReader> bias = ConstantReader::create(op.getBias());
  if (!weights || !bias)
    return failure();
  Type element = conv.inputType.getElementType(), weight = weights->getElementType();
  bool integer =
      element.isInteger(8) && weight.isInteger(8) && conv.resultType.getElementType().isInteger(32);
  bool isFloat = element.isF32() && weight.isF32() && conv.resultType.getElementType().isF32();
  if (!integer && !isFloat)
    return failure();
  std::optional<ConstantReader> inputZp = ConstantReader::create(op.getInputZp());
  std::optional<ConstantReader> weightZp = ConstantReader::create(op.getWeightZp());
  if (!inputZp || !weightZp)
    return failure();

  ArrayRef<int64_t> shape = weights->getShape();
  conv.window = conv.depthwise ? SmallVector<int64_t>{shape[0], shape[1]}
                               : SmallVector<int64_t>{shape[1], shape[2]};
  if (conv.depthwise && shape[3] != 1)
    return failure();
  conv.pad.assign(op.getPad().begin(), op.getPad().end());
  conv.stride.assign(op.getStride().begin(), op.getStride().end());
  conv.dilation.assign(op.getDilation().begin(), op.getDilation().end());
  if (llvm::any_of(conv.pad, [](int64_t p) { return p < 0; }))
    return failure();

  size_t channels = conv.getChannels();
  if (bias->getNumElements() != 1 && size_t(bias->getNumElements()) != channels)
    return failure();
  if (integer) {
    conv.weights = weights->getInts();
    conv.bias = bias->getInts();
    conv.bias.resize(channels, conv.bias[0]);
    conv.inputZp = inputZp->getInt(0);
    conv.weightZp = weightZp->getInt(0);
    return conv;
  }
  if (inputZp->getFloat(0) != 0 || weightZp->getFloat(0) != 0)
    return failure();
  conv.floatWeights = weights->getFloats();
  conv.floatBias = bias->getFloats();
  conv.floatBias.resize(channels, conv.floatBias[0]);
  return conv;
}

/// A slice that only cuts rows and columns off the end need not be taken: without padding,
/// the kernel does not look at them. (TOSA asks for them to be cut off.)
Value skipSlice(const Convolution &conv) {
  auto slice = conv.input.getDefiningOp<tosa::SliceOp>();
  DenseIntElementsAttr start;
  if (!slice || llvm::any_of(conv.pad, [](int64_t p) { return p != 0; }) ||
      !matchPattern(slice.getStart(), m_Constant(&start)) ||
      llvm::any_of(start.getValues<APInt>(), [](const APInt &v) { return !v.isZero(); }))
    return conv.input;
  auto whole = dyn_cast<RankedTensorType>(slice.getInput1().getType());
  if (!whole || !whole.hasStaticShape() || whole.getShape()[0] != conv.inputType.getShape()[0] ||
      whole.getShape()[3] != conv.inputType.getShape()[3])
    return conv.input;
  return slice.getInput1();
}

/// What a view of a tensor is a view of. Slices are views too (kvant-fold-copies).
Value getViewed(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tosa::ReshapeOp, tosa::SliceOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp,
             tensor::CastOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

bool isReturned(Value value) {
  return llvm::any_of(value.getUsers(), [](Operation *user) {
    if (user->hasTrait<OpTrait::IsTerminator>())
      return true;
    return isa<tosa::ReshapeOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::CastOp>(
               user) &&
           isReturned(user->getResult(0));
  });
}

/// True if bytes past the end of the buffer of `value` may be read: those of the arena. The
/// buffers of arguments and results belong to the caller, and constants end anywhere.
bool hasSlack(Value value) {
  value = getViewed(value);
  Operation *op = value.getDefiningOp();
  return op && !op->hasTrait<OpTrait::ConstantLike>() && !isReturned(value);
}

DotShape getDotShape(const Convolution &conv) {
  ArrayRef<int64_t> out = conv.resultType.getShape();
  return {conv.isInteger(),
          {out[0], out[1], out[2], out[3]},
          conv.inputType.getShape()[3],
          {conv.window[0], conv.window[1]},
          {conv.stride[0], conv.stride[1]},
          {conv.dilation[0], conv.dilation[1]}};
}

class KernelFormer {
public:
  KernelFormer(const Target &target, const TileTable &tiles)
      : level(target.levels.back()), levels(target.levels), tiles(tiles) {}

  void form(Convolution &conv);

private:
  /// The input with its padding written out, if any is needed.
  Value padInput(const Convolution &conv, bool flipSign);
  Value makeChannelConstant(Type type, std::vector<int64_t> integers, std::vector<float> floats,
                            int64_t padded, int64_t filler);
  template <typename OpT> void create(Convolution &conv);

  /// The level that the layout is chosen for; the others take it as it is.
  const Level &level;
  ArrayRef<Level> levels;
  const TileTable &tiles;
  OpBuilder builder{static_cast<MLIRContext *>(nullptr)};
};

bool isPadded(const Convolution &conv) {
  return llvm::any_of(conv.pad, [](int64_t p) { return p != 0; });
}

/// True if the kernel reads past its last run: groups are read whole, on NEON two at a time.
bool overreads(const Convolution &conv, const Level &level) {
  if (!conv.isInteger() || conv.depthwise)
    return false;
  int64_t group = kernel::getDotGroup(level.vectorBits / 32);
  kernel::WindowRuns runs = kernel::getWindowRuns(conv.window[0], conv.window[1], conv.dilation[1],
                                                  conv.inputType.getShape()[3], group);
  if (runs.lineLength != 0)
    return runs.lineLength != kernel::kDotGroup;
  return runs.rest != 0 || runs.length % group != 0;
}

Value KernelFormer::padInput(const Convolution &conv, bool flipSign) {
  SmallVector<int64_t> shape(conv.inputType.getShape());
  shape[1] += conv.pad[0] + conv.pad[1];
  shape[2] += conv.pad[2] + conv.pad[3];
  Type element = conv.inputType.getElementType();
  Location loc = conv.op->getLoc();
  auto type = RankedTensorType::get(shape, element);
  Value init = tensor::EmptyOp::create(builder, loc, shape, element);
  TypedAttr value;
  if (conv.isInteger())
    value = builder.getI8IntegerAttr(int8_t(conv.inputZp ^ (flipSign ? 0x80 : 0)));
  else
    value = builder.getF32FloatAttr(0);
  auto pad = kernel::PadOp::create(builder, loc, TypeRange{type}, conv.input, init,
                                   ArrayRef<int64_t>{conv.pad[0], conv.pad[2]}, value, flipSign);
  return pad.getResult(0);
}

Value KernelFormer::makeChannelConstant(Type type, std::vector<int64_t> integers,
                                        std::vector<float> floats, int64_t padded, int64_t filler) {
  auto tensorType = RankedTensorType::get({padded}, type);
  ElementsAttr attr;
  if (type.isF32()) {
    floats.resize(padded, 0);
    attr = makeFloatConstant(tensorType, floats);
  } else {
    integers.resize(padded, filler);
    attr = makeIntConstant(tensorType, integers);
  }
  return arith::ConstantOp::create(builder, builder.getUnknownLoc(), cast<TypedAttr>(attr));
}

/// bias - (zero point + offset) * sum(w - weight_zp), in the 32 bits of the accumulator.
std::vector<int64_t> foldZeroPoint(const Convolution &conv, int64_t offset) {
  std::vector<int64_t> bias = conv.bias;
  int64_t channels = conv.getChannels(), count = conv.weights.size() / channels;
  for (int64_t channel = 0; channel < channels; ++channel) {
    int64_t sum = 0;
    for (int64_t i = 0; i < count; ++i)
      sum += conv.weights[conv.depthwise ? i * channels + channel : channel * count + i] -
             conv.weightZp;
    bias[channel] = int32_t(uint32_t(bias[channel] - (conv.inputZp + offset) * sum));
  }
  return bias;
}

template <typename OpT> void KernelFormer::create(Convolution &conv) {
  Epilogue epilogue(conv.op);
  builder = OpBuilder(epilogue.getLast());
  Location loc = conv.op->getLoc();
  auto resultType = cast<RankedTensorType>(epilogue.getResult().getType());
  ArrayRef<int64_t> out = resultType.getShape();
  int64_t channels = conv.getChannels(), inputChannels = conv.inputType.getShape()[3];
  int64_t lanes = conv.depthwise ? getLanes(level) : getDotLanes(level, channels);
  int64_t group = conv.isInteger() ? kernel::kDotGroup : 1;

  // The products of unsigned and signed bytes are what there is on some levels.
  bool unsignedInput = conv.isInteger() && level.dot == DotKind::Vnni;
  int64_t offset = unsignedInput ? 128 : 0;
  bool copies = isPadded(conv) || (overreads(conv, level) && !hasSlack(conv.input));
  Value input = copies ? padInput(conv, unsignedInput) : conv.input;

  int64_t block = lanes;
  bool uniform = false;
  int64_t chain = 1;
  DictionaryAttr chosenTiles;
  std::vector<int8_t> packed;
  std::vector<float> packedFloats;
  std::vector<int8_t> bytes(conv.weights.begin(), conv.weights.end());
  if (conv.depthwise) {
    DepthwiseWeights shape{conv.window[0], conv.window[1], channels};
    // NEON reads eight channels of bytes at once.
    if (lanes == 4)
      block = lanes = 8;
    int64_t interleaved = getInterleavedLanes(level);
    if (unsignedInput && canInterleave(interleaved, channels, conv.stride[1]))
      block = lanes = interleaved;
    uniform =
        channels % lanes == 0 && (conv.isInteger() ? hasEqualChannels(bytes, channels)
                                                   : hasEqualChannels(conv.floatWeights, channels));
    if (conv.isInteger())
      packed = packDepthwiseWeights(bytes, shape, lanes, group);
    else
      packedFloats = packDepthwiseWeights(conv.floatWeights, shape, lanes, group);
    // The first block is there for all.
    if (uniform) {
      packed.resize(packed.size() / (channels / lanes));
      packedFloats.resize(packedFloats.size() / (channels / lanes));
    }
  } else {
    if (conv.isInteger())
      group = kernel::getDotGroup(lanes);
    kernel::WindowRuns runs = kernel::getWindowRuns(conv.window[0], conv.window[1],
                                                    conv.dilation[1], inputChannels, group);
    DotWeights shape{channels, runs.count, runs.length};
    if (runs.lineLength != 0)
      bytes = padRuns(bytes, runs.lineLength, kernel::kDotGroup);
    if (runs.rest != 0)
      bytes = moveRests(bytes, conv.window[0], conv.window[1] * inputChannels, runs.rest);
    if (conv.dilation[1] == 1)
      shape.taps = getSharedTaps(group, conv.window[1], inputChannels, conv.stride[1]);
    DotShape dot = getDotShape(conv);
    const Tile *chosen = tiles.findLayout(dot);
    int64_t vectors = chosen ? chosen->vectors : chooseVectors(levels, getTileProblem(level, dot));
    block = lanes * vectors;
    chosenTiles = tiles.getTiles(builder, dot, vectors);
    if (conv.isInteger()) {
      packed = packDotWeights(bytes, shape, lanes, block, group);
      chain = lanes == 4 ? getProductChain(bytes, shape, group) : 1;
    } else
      packedFloats = packDotWeights(conv.floatWeights, shape, lanes, block, group);
  }

  int64_t padded = llvm::alignTo(channels, lanes);
  Value weights, bias;
  if (conv.isInteger()) {
    auto type = RankedTensorType::get({int64_t(packed.size())}, builder.getI8Type());
    weights = arith::ConstantOp::create(
        builder, loc, cast<TypedAttr>(makeConstant(type, ArrayRef<int8_t>(packed))));
    bias = makeChannelConstant(builder.getI32Type(), foldZeroPoint(conv, offset), {}, padded, 0);
  } else {
    auto type = RankedTensorType::get({int64_t(packedFloats.size())}, builder.getF32Type());
    weights = arith::ConstantOp::create(
        builder, loc, cast<TypedAttr>(makeConstant(type, ArrayRef<float>(packedFloats))));
    bias = makeChannelConstant(builder.getF32Type(), {}, conv.floatBias, padded, 0);
  }

  Region region;
  region.emplaceBlock();
  OpBuilder inner(builder.getContext());
  epilogue.build(inner, region.front());
  SmallVector<Value> channelOperands;
  for (ChannelConstant &constant : epilogue.channels) {
    // Lanes behind the last channel compute something; its parameters keep it in range.
    int64_t filler = constant.integers.empty() ? 0 : constant.integers.back();
    channelOperands.push_back(makeChannelConstant(constant.elementType, constant.integers,
                                                  constant.floats, padded, filler));
  }

  Value init = tensor::EmptyOp::create(builder, loc, out, resultType.getElementType());
  auto kernel =
      OpT::create(builder, loc, TypeRange{resultType}, input, weights, bias, channelOperands,
                  epilogue.elements, init, conv.window, conv.stride, conv.dilation, lanes, block,
                  /*input_offset=*/unsignedInput && !copies ? 128 : 0, conv.weightZp,
                  /*input_unsigned=*/unsignedInput && copies,
                  /*full_range=*/llvm::is_contained(conv.weights, -128),
                  /*input_origin=*/DenseI64ArrayAttr(), /*element_origins=*/DenseI64ArrayAttr(),
                  /*halo=*/DenseI64ArrayAttr(), /*halo_value=*/TypedAttr(),
                  /*forward=*/false, /*backward=*/false, uniform, /*weights_by_image=*/false);
  kernel.getEpilogue().takeBody(region);
  if (conv.isInteger()) {
    IntegerWeights original{conv.weights, conv.bias, conv.inputZp, conv.weightZp, conv.depthwise};
    if (Attribute ranges = makeRangeAttr(builder, getAccumulatorRanges(original)))
      kernel->setAttr(kernel::kAccumulatorRangeAttr, ranges);
  }
  if (chain > 2)
    kernel->setAttr(kernel::kChainAttr, builder.getI64IntegerAttr(chain));
  if (chosenTiles)
    kernel->setAttr(kernel::kTilesAttr, chosenTiles);
  epilogue.getResult().replaceAllUsesWith(kernel.getResult(0));
  epilogue.eraseChain();
}

void KernelFormer::form(Convolution &conv) {
  if (conv.depthwise)
    create<kernel::DepthwiseConvOp>(conv);
  else
    create<kernel::DotConvOp>(conv);
}

/// A convolution of either family.
FailureOr<Convolution> readConvolution(Operation *op) {
  FailureOr<Convolution> conv = failure();
  if (auto dot = dyn_cast<tosa::Conv2DOp>(op))
    conv = readConvolution(dot);
  else if (auto depthwise = dyn_cast<tosa::DepthwiseConv2DOp>(op))
    conv = readConvolution(depthwise);
  if (succeeded(conv)) {
    conv->input = skipSlice(*conv);
    conv->inputType = cast<RankedTensorType>(conv->input.getType());
  }
  return conv;
}

class FormKernels : public impl::FormKernelsBase<FormKernels> {
public:
  using Base::Base;

private:
  void runOnOperation() override {
    llvm::Expected<Target> target = getTarget(getOperation()->getParentOfType<ModuleOp>());
    if (!target) {
      getOperation().emitError(llvm::toString(target.takeError()));
      return signalPassFailure();
    }
    SmallVector<Operation *> convolutions;
    getOperation().walk([&](Operation *op) {
      if (isa<tosa::Conv2DOp, tosa::DepthwiseConv2DOp>(op))
        convolutions.push_back(op);
    });
    llvm::Expected<TileTable> table = TileTable::create(*target, *tiles);
    if (!table) {
      getOperation().emitError(llvm::toString(table.takeError()));
      return signalPassFailure();
    }
    KernelFormer former(*target, *table);
    for (Operation *op : convolutions) {
      FailureOr<Convolution> conv = readConvolution(op);
      if (failed(conv))
        continue;
      Operation *skipped = op->getOperand(0).getDefiningOp();
      former.form(*conv);
      // Its use of a tensor would count when signedness is chosen.
      if (skipped && isOpTriviallyDead(skipped))
        skipped->erase();
      ++numKernels;
    }
    SmallVector<tosa::MatMulOp> products;
    getOperation().walk([&](tosa::MatMulOp op) { products.push_back(op); });
    for (tosa::MatMulOp op : products)
      numKernels += formMatmul(op, *target);
    numKernels += formElementwise(getOperation());
    chooseSignedness(getOperation());
  }
};

} // namespace

std::vector<DotShape> getDotShapes(ModuleOp module) {
  std::vector<DotShape> shapes;
  module.walk([&](tosa::Conv2DOp op) {
    FailureOr<Convolution> conv = readConvolution(op.getOperation());
    if (succeeded(conv) && !llvm::is_contained(shapes, getDotShape(*conv)))
      shapes.push_back(getDotShape(*conv));
  });
  return shapes;
}

} // namespace kvant::codegen
