// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scalar arithmetic of new epilogues.
#include "EpilogueRewriter.h"

#include "dialects/Kernel/Kernel.h"
#include "kvant/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace kvant::codegen {

Value makeConstant(OpBuilder &builder, Location loc, Type type, int64_t value) {
  return arith::ConstantIntOp::create(builder, loc, type, value);
}

/// The byte of an integer that lies in `reached` and must not leave `bounds`.
Value narrow(OpBuilder &builder, Value wide, bool isUnsigned, const Interval &reached,
             const Interval &bounds) {
  Location loc = wide.getLoc();
  Interval storage = isUnsigned ? Interval{0, UINT8_MAX} : Interval{INT8_MIN, INT8_MAX};
  Type type = wide.getType(), i8 = builder.getI8Type();
  // What instructions that narrow do anyway comes first; bytes are cheaper to clamp.
  wide = arith::MaxSIOp::create(builder, loc, wide, makeConstant(builder, loc, type, storage.low));
  wide = arith::MinSIOp::create(builder, loc, wide, makeConstant(builder, loc, type, storage.high));
  Value byte = arith::TruncIOp::create(builder, loc, i8, wide);
  auto clamp = [&](bool isMax, int64_t bound) -> Value {
    Value limit = makeConstant(builder, loc, i8, int8_t(bound));
    if (isUnsigned)
      return isMax ? arith::MaxUIOp::create(builder, loc, byte, limit).getResult()
                   : arith::MinUIOp::create(builder, loc, byte, limit).getResult();
    return isMax ? arith::MaxSIOp::create(builder, loc, byte, limit).getResult()
                 : arith::MinSIOp::create(builder, loc, byte, limit).getResult();
  };
  if (reached.low < bounds.low && bounds.low > storage.low)
    byte = clamp(true, bounds.low);
  if (reached.high > bounds.high && bounds.high < storage.high)
    byte = clamp(false, bounds.high);
  return byte;
}

EpilogueRewriter::EpilogueRewriter(Operation *kernel, const ByteEpilogue &old)
    : kernel(kernel), builder(kernel->getContext()) {
  builder.setInsertionPointToStart(&block);
  accumulator = block.addArgument(old.block->getArgument(0).getType(), getLoc());
  if (auto dot = dyn_cast<kernel::DotConvOp>(kernel))
    paddedChannels = dot.getPaddedChannels();
  else if (auto depthwise = dyn_cast<kernel::DepthwiseConvOp>(kernel))
    paddedChannels = depthwise.getPaddedChannels();
  else
    paddedChannels = 1;
}

Value EpilogueRewriter::makeFloat(float value) {
  return arith::ConstantOp::create(builder, getLoc(), builder.getF32FloatAttr(value));
}

/// An argument with one float per channel, or a constant if they are equal; the lanes behind
/// the last get 0.
Value EpilogueRewriter::addChannel(std::vector<float> values) {
  if (llvm::all_equal(values))
    return makeFloat(values.front());
  OpBuilder outside(kernel);
  values.resize(paddedChannels, 0);
  auto type = RankedTensorType::get({paddedChannels}, builder.getF32Type());
  channels.push_back(arith::ConstantOp::create(outside, outside.getUnknownLoc(),
                                               cast<TypedAttr>(makeFloatConstant(type, values))));
  return block.addArgument(builder.getF32Type(), getLoc());
}

Value EpilogueRewriter::scaleAccumulator(const FloatChannels &parameters) {
  Value x = arith::SIToFPOp::create(builder, getLoc(), builder.getF32Type(), accumulator);
  Value scale = addChannel(parameters.scales), offset = addChannel(parameters.offsets);
  if (parameters.form.signedOffset)
    offset = math::CopySignOp::create(builder, getLoc(), offset, x);
  if (parameters.form.split)
    offset = math::FmaOp::create(builder, getLoc(), x, addChannel(parameters.rests), offset);
  return math::FmaOp::create(builder, getLoc(), x, scale, offset);
}

Value EpilogueRewriter::addElement() { return block.addArgument(builder.getI8Type(), getLoc()); }

Value EpilogueRewriter::makeInteger(Value value, const FloatForm &form) {
  if (!form.truncates)
    value = math::RoundEvenOp::create(builder, getLoc(), value);
  value = arith::FPToSIOp::create(builder, getLoc(), builder.getI32Type(), value);
  if (form.zeroPoint == 0)
    return value;
  return arith::AddIOp::create(
      builder, getLoc(), value,
      makeConstant(builder, getLoc(), builder.getI32Type(), form.zeroPoint));
}

void EpilogueRewriter::finish(Value byte) {
  kernel::YieldOp::create(builder, getLoc(), byte);
  if (auto dot = dyn_cast<kernel::DotConvOp>(kernel))
    dot.getChannelsMutable().assign(channels);
  else if (auto depthwise = dyn_cast<kernel::DepthwiseConvOp>(kernel))
    depthwise.getChannelsMutable().assign(channels);
  Region &region = kernel->getRegion(0);
  region.front().erase();
  region.push_back(new Block());
  Block &body = region.front();
  body.getOperations().splice(body.end(), block.getOperations());
  for (BlockArgument argument : block.getArguments())
    argument.replaceAllUsesWith(body.addArgument(argument.getType(), getLoc()));
}

} // namespace kvant::codegen
