// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matching of element-wise chains and their form as scalar arithmetic.
#include "KernelEpilogue.h"

#include "dialects/Kernel/Kernel.h"
#include "kvant/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace kvant::codegen {

namespace {

ArrayRef<int64_t> shapeOf(Value value) { return cast<ShapedType>(value.getType()).getShape(); }

Type elementOf(Value value) { return cast<ShapedType>(value.getType()).getElementType(); }

unsigned widthOf(Value value) { return elementOf(value).getIntOrFloatBitWidth(); }

bool isEpilogueElement(Type type) {
  return type.isInteger(8) || type.isInteger(16) || type.isInteger(32) || type.isF32();
}

/// True for a constant that is one number, or one number per element of the last axis.
bool isPerChannelConstant(Value value, int64_t channels) {
  std::optional<ConstantReader> reader = ConstantReader::create(value);
  if (!reader || !isEpilogueElement(reader->getElementType()))
    return false;
  ArrayRef<int64_t> shape = reader->getShape();
  return reader->isSplat() || reader->getNumElements() == 1 ||
         (!shape.empty() && shape.back() == channels && reader->getNumElements() == channels);
}

/// A rescale whose parameters are known and that 32-bit arithmetic can express.
bool isSimpleRescale(tosa::RescaleOp op) {
  Type from = elementOf(op.getInput()), to = elementOf(op.getOutput());
  auto integer = [](Type type) {
    return type.isInteger(8) || type.isInteger(16) || type.isInteger(32);
  };
  if (!integer(from) || !integer(to) || !op.getScale32())
    return false;
  if ((from.isInteger(32) && op.getInputUnsigned()) || (to.isInteger(32) && op.getOutputUnsigned()))
    return false;
  auto input = cast<ShapedType>(op.getInput().getType());
  if (!input.hasStaticShape() || input.getRank() == 0)
    return false;
  std::optional<ConstantReader> multiplier = ConstantReader::create(op.getMultiplier());
  std::optional<ConstantReader> shift = ConstantReader::create(op.getShift());
  if (!multiplier || !shift || !ConstantReader::create(op.getInputZp()) ||
      !ConstantReader::create(op.getOutputZp()))
    return false;
  int64_t expected = op.getPerChannel() ? input.getShape().back() : 1;
  return multiplier->getNumElements() == expected && shift->getNumElements() == expected;
}

/// A value of the epilogue: integers are held as i32 until their stored form is asked for, so
/// that a clamp or a rescale behind a narrowing continues from the wide value.
struct Scalar {
  Value wide;      ///< i32, within [low, high]; or f32
  Value unclamped; ///< i32 before the last clamp, or null
  int64_t low = 0, high = 0;
  Type stored;
};

class EpilogueBuilder {
public:
  EpilogueBuilder(OpBuilder &builder, Block &block, Location loc, Epilogue &epilogue,
                  int64_t channels)
      : builder(builder), block(block), loc(loc), epilogue(epilogue), numChannels(channels) {}

  Scalar start(Type type, bool isUnsigned) {
    return extend(block.addArgument(type, loc), isUnsigned);
  }

  /// The operand of a chain operation that is not the chain itself.
  Scalar getOperand(Value value, ArrayRef<Operation *> absorbed, bool isUnsigned = false) {
    if (Operation *op = value.getDefiningOp(); op && llvm::is_contained(absorbed, op)) {
      auto rescale = cast<tosa::RescaleOp>(op);
      return emitRescale(rescale,
                         getOperand(rescale.getInput(), absorbed, rescale.getInputUnsigned()));
    }
    if (!isUnsigned && isPerChannelConstant(value, numChannels))
      return getConstant(*ConstantReader::create(value));
    return load(value, isUnsigned);
  }

  Scalar emit(Operation *op, Scalar value, Value chained, ArrayRef<Operation *> absorbed) {
    if (auto rescale = dyn_cast<tosa::RescaleOp>(op))
      return emitRescale(rescale, value);
    if (auto clamp = dyn_cast<tosa::ClampOp>(op))
      return emitClamp(clamp, value);
    Scalar lhs = op->getOperand(0) == chained ? value : getOperand(op->getOperand(0), absorbed);
    Scalar rhs = op->getOperand(0) == chained ? getOperand(op->getOperand(1), absorbed) : value;
    bool isFloat = value.stored.isF32();
    Value result = llvm::TypeSwitch<Operation *, Value>(op)
                       .Case([&](tosa::AddOp) {
                         return binary<arith::AddFOp, arith::AddIOp>(lhs, rhs, isFloat);
                       })
                       .Case([&](tosa::SubOp) {
                         return binary<arith::SubFOp, arith::SubIOp>(lhs, rhs, isFloat);
                       })
                       .Case([&](tosa::MulOp) {
                         return binary<arith::MulFOp, arith::MulIOp>(lhs, rhs, isFloat);
                       })
                       .Case([&](tosa::MaximumOp) {
                         return binary<arith::MaximumFOp, arith::MaxSIOp>(lhs, rhs, isFloat);
                       })
                       .Case([&](tosa::MinimumOp) {
                         return binary<arith::MinimumFOp, arith::MinSIOp>(lhs, rhs, isFloat);
                       });
    return {result, nullptr, INT32_MIN, INT32_MAX, value.stored};
  }

  /// The element as it is stored.
  Value narrow(const Scalar &value) {
    if (value.wide.getType() == value.stored)
      return value.wide;
    if (!value.stored.isInteger(8) || !value.unclamped || value.low < INT8_MIN ||
        value.high > INT8_MAX)
      return arith::TruncIOp::create(builder, loc, value.stored, value.wide);
    // Instructions that narrow saturate too, and clamping bytes is cheaper than words.
    Value saturated = clamp(value.unclamped, INT8_MIN, INT8_MAX, value.stored).wide;
    Value result = arith::TruncIOp::create(builder, loc, value.stored, saturated);
    auto byte = [&](int64_t v) -> Value {
      return arith::ConstantIntOp::create(builder, loc, value.stored, v);
    };
    if (value.low > INT8_MIN)
      result = arith::MaxSIOp::create(builder, loc, result, byte(value.low));
    if (value.high < INT8_MAX)
      result = arith::MinSIOp::create(builder, loc, result, byte(value.high));
    return result;
  }

private:
  template <typename FloatOp, typename IntOp>
  Value binary(const Scalar &lhs, const Scalar &rhs, bool isFloat) {
    if (isFloat)
      return FloatOp::create(builder, loc, lhs.wide, rhs.wide);
    return IntOp::create(builder, loc, lhs.wide, rhs.wide);
  }

  Value constant(int64_t value) {
    return arith::ConstantIntOp::create(builder, loc, builder.getI32Type(), int32_t(value));
  }

  Scalar extend(Value value, bool isUnsigned) {
    Type type = value.getType();
    if (type.isF32() || type.isInteger(32))
      return {value, nullptr, INT32_MIN, INT32_MAX, type};
    unsigned width = type.getIntOrFloatBitWidth();
    Type i32 = builder.getI32Type();
    if (isUnsigned)
      return {arith::ExtUIOp::create(builder, loc, i32, value), nullptr, 0,
              (int64_t(1) << width) - 1, type};
    return {arith::ExtSIOp::create(builder, loc, i32, value), nullptr, -(int64_t(1) << (width - 1)),
            (int64_t(1) << (width - 1)) - 1, type};
  }

  /// `value` with its stored bits read as signed or unsigned.
  Scalar reinterpret(const Scalar &value, bool isUnsigned) {
    if (value.stored.isF32() || value.stored.isInteger(32))
      return value;
    int64_t signedHigh = (int64_t(1) << (value.stored.getIntOrFloatBitWidth() - 1)) - 1;
    if (isUnsigned ? value.low >= 0 : value.high <= signedHigh)
      return value;
    return extend(narrow(value), isUnsigned);
  }

  /// One more tensor that the kernel reads at the place of the result.
  Scalar load(Value tensor, bool isUnsigned) {
    epilogue.elements.push_back(tensor);
    return extend(block.addArgument(elementOf(tensor), loc), isUnsigned);
  }

  Value getChannel(ChannelConstant constant) {
    // Arguments of channels precede those of elements.
    unsigned position = 1 + epilogue.channels.size();
    Value argument = block.insertArgument(position, constant.elementType, loc);
    epilogue.channels.push_back(std::move(constant));
    return argument;
  }

  Scalar getConstant(const ConstantReader &reader) {
    Type type = reader.getElementType();
    bool single = reader.isSplat() || reader.getNumElements() == 1;
    if (single && type.isF32())
      return {arith::ConstantOp::create(builder, loc,
                                        builder.getF32FloatAttr(float(reader.getFloat(0)))),
              nullptr, 0, 0, type};
    if (single)
      return {constant(reader.getInt(0)), nullptr, reader.getInt(0), reader.getInt(0), type};
    ChannelConstant constant{type, {}, {}};
    if (type.isF32())
      constant.floats = reader.getFloats();
    else
      constant.integers = reader.getInts();
    return extend(getChannel(std::move(constant)), /*isUnsigned=*/false);
  }

  Scalar clamp(Value value, int64_t low, int64_t high, Type stored) {
    Value result = value;
    if (low > INT32_MIN)
      result = arith::MaxSIOp::create(builder, loc, result, constant(low));
    if (high < INT32_MAX)
      result = arith::MinSIOp::create(builder, loc, result, constant(high));
    return {result, value, low, high, stored};
  }

  Scalar emitClamp(tosa::ClampOp op, Scalar value) {
    if (value.stored.isF32()) {
      auto get = [&](Attribute attr) -> Value {
        return arith::ConstantOp::create(builder, loc, cast<FloatAttr>(attr));
      };
      Value low = get(op.getMinValAttr()), high = get(op.getMaxValAttr());
      bool ignore = op.getNanMode() == tosa::NanPropagationMode::IGNORE;
      Value result;
      if (ignore) {
        result = arith::MaxNumFOp::create(builder, loc, value.wide, low);
        result = arith::MinNumFOp::create(builder, loc, result, high);
      } else {
        result = arith::MaximumFOp::create(builder, loc, value.wide, low);
        result = arith::MinimumFOp::create(builder, loc, result, high);
      }
      return {result, nullptr, 0, 0, value.stored};
    }
    value = reinterpret(value, /*isUnsigned=*/false);
    int64_t low = cast<IntegerAttr>(op.getMinValAttr()).getValue().getSExtValue();
    int64_t high = cast<IntegerAttr>(op.getMaxValAttr()).getValue().getSExtValue();
    if (value.unclamped && std::max(low, value.low) <= std::min(high, value.high))
      return clamp(value.unclamped, std::max(low, value.low), std::min(high, value.high),
                   value.stored);
    return clamp(value.wide, low, high, value.stored);
  }

  Scalar emitRescale(tosa::RescaleOp op, Scalar value) {
    Value wide = reinterpret(value, op.getInputUnsigned()).wide;
    auto zeroPoint = [](Value constant, bool isUnsigned) {
      return ConstantReader::create(constant)->getInt(0, isUnsigned);
    };
    if (int64_t zp = zeroPoint(op.getInputZp(), op.getInputUnsigned()))
      wide = arith::SubIOp::create(builder, loc, wide, constant(zp));

    ConstantReader multiplier = *ConstantReader::create(op.getMultiplier());
    ConstantReader shift = *ConstantReader::create(op.getShift());
    std::vector<int64_t> multipliers = multiplier.getInts(), shifts = shift.getInts();
    int64_t least = *std::min_element(shifts.begin(), shifts.end());
    int64_t outputZp = zeroPoint(op.getOutputZp(), op.getOutputUnsigned());
    // A power of two that is no fraction rounds nothing.
    if (multipliers.size() == 1 && multipliers[0] > 0 && llvm::isPowerOf2_64(multipliers[0]) &&
        int64_t(llvm::Log2_64(multipliers[0])) >= shifts[0]) {
      int64_t by = llvm::Log2_64(multipliers[0]) - shifts[0];
      if (by != 0)
        wide = arith::ShLIOp::create(builder, loc, wide, constant(by));
      return finishRescale(op, wide, outputZp);
    }
    Value multiplierValue, shiftValue;
    auto allSame = [](const std::vector<int64_t> &v) {
      return std::all_of(v.begin(), v.end(), [&](int64_t e) { return e == v[0]; });
    };
    if (allSame(multipliers))
      multiplierValue = constant(multipliers[0]);
    else
      multiplierValue = getChannel({builder.getI32Type(), multipliers, {}});
    if (allSame(shifts))
      shiftValue = arith::ConstantIntOp::create(builder, loc, builder.getI8Type(), shifts[0]);
    else
      shiftValue = getChannel({builder.getI8Type(), shifts, {}});
    // Rounding twice is asked for by the program; the inexact mode may round as it likes.
    bool twice = op.getRoundingMode() == tosa::RoundingMode::DOUBLE_ROUND;
    auto scaled = tosa::ApplyScaleOp::create(
        builder, loc, builder.getI32Type(), wide, multiplierValue, shiftValue,
        twice ? tosa::RoundingMode::DOUBLE_ROUND : tosa::RoundingMode::SINGLE_ROUND);
    scaled->setAttr(kernel::kMinShiftAttr, builder.getI32IntegerAttr(least));
    return finishRescale(op, scaled, outputZp);
  }

  Scalar finishRescale(tosa::RescaleOp op, Value result, int64_t outputZp) {
    if (outputZp != 0)
      result = arith::AddIOp::create(builder, loc, result, constant(outputZp));
    Type stored = elementOf(op.getOutput());
    unsigned width = stored.getIntOrFloatBitWidth();
    if (op.getOutputUnsigned())
      return clamp(result, 0, (int64_t(1) << width) - 1, stored);
    return clamp(result, -(int64_t(1) << (width - 1)), (int64_t(1) << (width - 1)) - 1, stored);
  }

  OpBuilder &builder;
  Block &block;
  Location loc;
  Epilogue &epilogue;
  int64_t numChannels;
};

/// True if `op` can follow `value` in an epilogue; appends what it would absorb.
bool canFollow(Operation *op, Value value, SmallVectorImpl<Operation *> &absorbed) {
  if (op->getNumResults() != 1 || op->getBlock() != value.getParentBlock())
    return false;
  Value result = op->getResult(0);
  auto type = dyn_cast<RankedTensorType>(result.getType());
  if (!type || type.getShape() != shapeOf(value) || !isEpilogueElement(type.getElementType()))
    return false;
  if (auto rescale = dyn_cast<tosa::RescaleOp>(op))
    return rescale.getInput() == value && isSimpleRescale(rescale);
  if (isa<tosa::ClampOp>(op))
    return true;
  if (!isa<tosa::AddOp, tosa::SubOp, tosa::MulOp, tosa::MaximumOp, tosa::MinimumOp>(op))
    return false;
  Type element = elementOf(value);
  if (!element.isF32() && !element.isInteger(32))
    return false;
  if (auto product = dyn_cast<tosa::MulOp>(op)) {
    std::optional<ConstantReader> shift = ConstantReader::create(product.getShift());
    if (!shift || shift->getInt(0) != 0)
      return false;
  }
  Value other = op->getOperand(op->getOperand(0) == value ? 1 : 0);
  if (op->getOperand(0) != value && op->getOperand(1) != value)
    return false;
  if (isPerChannelConstant(other, type.getShape().back()))
    return true;
  if (other == value || shapeOf(other) != type.getShape() || elementOf(other) != element)
    return false;
  // What narrows its input stays outside: the wide input would have to be stored.
  Value source = other;
  while (auto rescale = source.getDefiningOp<tosa::RescaleOp>()) {
    if (!source.hasOneUse() || !isSimpleRescale(rescale) || rescale.getPerChannel() ||
        widthOf(rescale.getInput()) > widthOf(source))
      break;
    absorbed.push_back(rescale);
    source = rescale.getInput();
  }
  return true;
}

/// True if the chain reads what it starts at as unsigned.
bool startsUnsigned(ArrayRef<Operation *> chain) {
  auto rescale = chain.empty() ? nullptr : dyn_cast<tosa::RescaleOp>(chain.front());
  return rescale && rescale.getInputUnsigned();
}

} // namespace

Epilogue::Epilogue(Operation *convolution)
    : start(convolution->getResult(0)), convolution(convolution) {
  if (start.hasOneUse())
    collect(*start.getUsers().begin());
}

Epilogue::Epilogue(Value start, Operation *first) : start(start), convolution(nullptr) {
  collect(first);
}

void Epilogue::collect(Operation *first) {
  SmallVector<Operation *> candidates;
  Value value = start;
  unsigned narrowest = widthOf(value);
  for (Operation *user = first; user;) {
    if (!canFollow(user, value, absorbed))
      break;
    candidates.push_back(user);
    value = user->getResult(0);
    user = value.hasOneUse() ? *value.getUsers().begin() : nullptr;
    // Ending in wider elements than were there before would cost memory traffic.
    if (widthOf(value) > narrowest)
      continue;
    narrowest = widthOf(value);
    chain = candidates;
  }
}

void Epilogue::visitOperations(llvm::function_ref<void(Operation *)> visit) const {
  llvm::for_each(absorbed, visit);
  llvm::for_each(chain, visit);
}

Value Epilogue::getResult() const { return getLast()->getResult(0); }

void Epilogue::build(OpBuilder &builder, Block &block) {
  Value value = start;
  Location loc = getLast()->getLoc();
  builder.setInsertionPointToStart(&block);
  int64_t channels = shapeOf(value).empty() ? 1 : shapeOf(value).back();
  EpilogueBuilder scalars(builder, block, loc, *this, channels);
  Scalar scalar = scalars.start(elementOf(value), startsUnsigned(chain));
  for (Operation *op : chain) {
    scalar = scalars.emit(op, scalar, value, absorbed);
    value = op->getResult(0);
  }
  kernel::YieldOp::create(builder, loc, scalars.narrow(scalar));
}

void Epilogue::eraseChain() {
  for (Operation *op : llvm::reverse(chain))
    op->erase();
  for (Operation *op : absorbed)
    if (op->use_empty())
      op->erase();
  if (convolution)
    convolution->erase();
}

} // namespace kvant::codegen
