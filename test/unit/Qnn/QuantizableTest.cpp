// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What operations say about themselves through QuantizableOpInterface.
#include "dialects/Qnn/Qnn.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace kvant::qnn;

namespace {

class QuantizableTest : public ::testing::Test {
protected:
  QuantizableTest() { context.loadDialect<QnnDialect, func::FuncDialect>(); }

  /// The last operation before the return of a function of these arguments and body.
  QuantizableOpInterface parse(const std::string &arguments, const std::string &body) {
    module = parseSourceString<ModuleOp>(
        "func.func @main(" + arguments + ") {\n" + body + "\nreturn\n}", &context);
    EXPECT_TRUE(module);
    if (!module)
      return {};
    func::FuncOp main = *module->getOps<func::FuncOp>().begin();
    return cast<QuantizableOpInterface>(main.front().getTerminator()->getPrevNode());
  }

  bool accepts(QuantizableOpInterface op, StringRef scheme) {
    reason.clear();
    return op.acceptsScheme(scheme, reason);
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::string reason;
};

const char *const kConvArguments = "%x: tensor<1x8x8x4xf32>";
const char *const kConvAttributes =
    "{stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>}";

TEST_F(QuantizableTest, Convolution) {
  auto op = parse(kConvArguments,
                  "%f = qnn.constant dense<1.0> : tensor<6x3x3x4xf32> : tensor<6x3x3x4xf32>\n"
                  "%b = qnn.constant dense<1.0> : tensor<6xf32> : tensor<6xf32>\n"
                  "%r = qnn.conv_2d %x, %f, %b " +
                      std::string(kConvAttributes) +
                      " : (tensor<1x8x8x4xf32>, tensor<6x3x3x4xf32>, tensor<6xf32>) -> "
                      "tensor<1x6x6x6xf32>");
  ASSERT_TRUE(op);
  EXPECT_EQ(op.getOperandRole(0), OperandRole::Activation);
  EXPECT_EQ(op.getOperandRole(1), OperandRole::Weights);
  EXPECT_EQ(op.getOperandRole(2), OperandRole::Bias);
  EXPECT_EQ(op.getWeightChannelAxis(), 0);
  EXPECT_FALSE(op.sharesScale());
  EXPECT_FALSE(op.getFixedOutputScale());
  EXPECT_TRUE(accepts(op, "static_wi8_ai8"));
  EXPECT_TRUE(accepts(op, "float32"));
  EXPECT_FALSE(accepts(op, "static_wi4_ai8"));
  EXPECT_EQ(reason, "no integer kernels for the scheme static_wi4_ai8");
  EXPECT_EQ(op.getCost(), 6 * 6 * 6 * 3 * 3 * 4);
}

TEST_F(QuantizableTest, FilterMustBeConstant) {
  auto op = parse("%x: tensor<1x8x8x4xf32>, %f: tensor<6x3x3x4xf32>",
                  "%r = qnn.conv_2d %x, %f " + std::string(kConvAttributes) +
                      " : (tensor<1x8x8x4xf32>, tensor<6x3x3x4xf32>) -> tensor<1x6x6x6xf32>");
  ASSERT_TRUE(op);
  EXPECT_FALSE(accepts(op, "static_wi8_ai8"));
  EXPECT_EQ(reason, "the filter is not a constant");
  EXPECT_TRUE(accepts(op, "float32"));
}

TEST_F(QuantizableTest, DepthwiseConvolution) {
  auto op = parse(kConvArguments,
                  "%f = qnn.constant dense<1.0> : tensor<1x3x3x8xf32> : tensor<1x3x3x8xf32>\n"
                  "%r = qnn.depthwise_conv_2d %x, %f " +
                      std::string(kConvAttributes) +
                      " : (tensor<1x8x8x4xf32>, tensor<1x3x3x8xf32>) -> tensor<1x6x6x8xf32>");
  ASSERT_TRUE(op);
  EXPECT_EQ(op.getWeightChannelAxis(), 3);
  EXPECT_EQ(op.getCost(), 6 * 6 * 8 * 9);
  EXPECT_EQ(cast<DepthwiseConv2DOp>(op.getOperation()).getMultiplier(), 2);
}

TEST_F(QuantizableTest, FixedOutputs) {
  struct Case {
    const char *mnemonic;
    double scale;
    int64_t zeroPoint;
  };
  for (const Case &expected :
       {Case{"logistic", 1.0 / 256, -128}, Case{"tanh", 1.0 / 128, 0},
        Case{"softmax", 1.0 / 256, -128}, Case{"log_softmax", 16.0 / 256, 127},
        Case{"l2_normalize", 1.0 / 128, 0}}) {
    auto op = parse("%x: tensor<1x4xf32>", std::string("%r = qnn.") + expected.mnemonic +
                                               " %x : (tensor<1x4xf32>) -> tensor<1x4xf32>");
    ASSERT_TRUE(op);
    auto fixed = op.getFixedOutputScale();
    ASSERT_TRUE(fixed) << expected.mnemonic;
    EXPECT_EQ(fixed->scale, expected.scale) << expected.mnemonic;
    EXPECT_EQ(fixed->zeroPoint, expected.zeroPoint) << expected.mnemonic;
  }
}

TEST_F(QuantizableTest, NoIntegerKernel) {
  auto divide = parse("%x: tensor<4xf32>",
                      "%r = qnn.div %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>");
  EXPECT_FALSE(accepts(divide, "static_wi8_ai8"));
  EXPECT_EQ(reason, "division has no integer kernel");
  EXPECT_TRUE(accepts(divide, "float32"));
  auto wide = parse("%x: tensor<1x4097xf32>",
                    "%r = qnn.softmax %x : (tensor<1x4097xf32>) -> tensor<1x4097xf32>");
  EXPECT_FALSE(accepts(wide, "static_wi8_ai8"));
  auto integers = parse("%x: tensor<4xi32>",
                        "%r = qnn.add %x, %x : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>");
  EXPECT_FALSE(accepts(integers, "static_wi8_ai8"));
  EXPECT_EQ(reason, "computes on integers, so there is nothing to quantize");
  auto half = parse("%x: tensor<4xf16>", "%r = qnn.relu %x : (tensor<4xf16>) -> tensor<4xf16>");
  EXPECT_FALSE(accepts(half, "static_wi8_ai8"));
  EXPECT_EQ(reason, "computes on f16, not on f32");
}

TEST_F(QuantizableTest, Gather) {
  auto op = parse("%x: tensor<4x2xf32>, %i: tensor<3xi32>",
                  "%r = qnn.gather %x, %i {axis = 0 : i64} : (tensor<4x2xf32>, tensor<3xi32>) -> "
                  "tensor<3x2xf32>");
  ASSERT_TRUE(op);
  EXPECT_TRUE(op.sharesScale());
  EXPECT_EQ(op.getOperandRole(1), OperandRole::Unquantized);
  EXPECT_TRUE(accepts(op, "static_wi8_ai8"));
  EXPECT_EQ(op.getCost(), 6);
}

TEST_F(QuantizableTest, Names) {
  auto op = parse("%x: tensor<2xf32>",
                  "%r:2 = qnn.unpack %x {axis = 0 : i64, qnn.name = [\"a\", \"b\"], "
                  "qnn.rounding = \"tflite\"} : (tensor<2xf32>) -> (tensor<f32>, tensor<f32>)");
  ASSERT_TRUE(op);
  EXPECT_EQ(getName(op), "a");
  EXPECT_TRUE(roundsLikeTFLite(op));
  EXPECT_EQ(getName(module->getOperation()), "");
  EXPECT_FALSE(roundsLikeTFLite(module->getOperation()));
}

} // namespace
