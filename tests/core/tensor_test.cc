#include <cstdint>

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "core/tensor/device.h"
#include "core/tensor/flat_params.h"
#include "core/tensor/shapes.h"

namespace lab {
namespace {

std::vector<ParameterSpec> Specs() {
  return {{"embedding", {5, 3}, false, true},
          {"matrix", {3, 7}, true},
          {"bias", {7}},
          {"other matrix", {7, 2}, true}};
}

TEST(FlatParams, LayDecayedOnesFirstAtAlignedOffsets) {
  const FlatParams params(Specs());
  ASSERT_EQ(params.all().size(), 4u);
  EXPECT_EQ(params.all()[0].spec.name, "embedding");
  EXPECT_EQ(params.all()[1].offset, 0);
  EXPECT_EQ(params.all()[3].offset, 32);
  EXPECT_EQ(params.decayed_size(), 48);
  EXPECT_EQ(params.all()[0].offset, 48);
  EXPECT_EQ(params.all()[2].offset, 64);
  EXPECT_EQ(params.weights().numel(), 80);
  EXPECT_EQ(params.count(), 15 + 21 + 7 + 14);
  for (const Parameter& parameter : params.all()) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(parameter.value.data_ptr()) % 64, 0u);
  }
}

TEST(FlatParams, AreLeavesThatShareTheBuffers) {
  FlatParams params(Specs());
  const Parameter& matrix = *params.Find("matrix");
  EXPECT_TRUE(matrix.value.is_leaf());
  EXPECT_TRUE(matrix.value.requires_grad());
  params.weights().fill_(2);
  EXPECT_EQ(matrix.value.detach().sum().item<float>(), 42);

  // Autograd itself adds into the flat gradients too.
  (matrix.value * 3).sum().backward();
  (matrix.value * 3).sum().backward();
  EXPECT_EQ(params.gradients().sum().item<float>(), 21 * 6);
  EXPECT_EQ(matrix.value.grad().data_ptr(), matrix.grad.data_ptr());
  params.ZeroGradients();
  EXPECT_EQ(matrix.grad.sum().item<float>(), 0);
}

TEST(FlatParams, FindNothingByAWrongName) {
  const FlatParams params(Specs());
  EXPECT_EQ(params.Find("matri"), nullptr);
  EXPECT_EQ(FlatParams({}).count(), 0);
}

TEST(CheckShape, SaysWhatIsWrong) {
  const at::Tensor x = at::zeros({2, 3});
  CheckShape("x", x, {2, 3});
  CheckShape("x", x, {kAny, 3});
  EXPECT_THROW(CheckShape("x", x, {3, 2}), c10::Error);
  EXPECT_THROW(CheckShape("x", x, {2, 3, 1}), c10::Error);
  EXPECT_THROW(CheckShape("x", at::Tensor(), {2}), c10::Error);
  try {
    CheckShape("tokens", x, {kAny, 4});
    FAIL();
  } catch (const c10::Error& error) {
    EXPECT_NE(std::string(error.what()).find("tokens: shape [2, 3] where [any, 4] is needed"),
              std::string::npos);
  }
}

TEST(Device, DescribesThisMachine) {
  const CpuDescription cpu = DescribeCpu();
  EXPECT_FALSE(cpu.name.empty());
  EXPECT_GE(cpu.cores, 1);
  EXPECT_GT(cpu.memory_total_bytes, int64_t{1} << 28);
  EXPECT_GT(ResidentBytes(), 1 << 20);
  EXPECT_GE(PeakResidentBytes(), ResidentBytes());
  EXPECT_LT(PeakResidentBytes(), cpu.memory_total_bytes);
}

TEST(Device, SetsThreads) {
  EXPECT_EQ(SetThreads(1), 1);
  EXPECT_EQ(SetThreads(0), DescribeCpu().cores);
}

TEST(Device, MeasuresARate) {
  const double rate = MeasureFlopsPerSecond();
  EXPECT_GT(rate, 1e8);
  EXPECT_LT(rate, 1e15);
}

}  // namespace
}  // namespace lab
