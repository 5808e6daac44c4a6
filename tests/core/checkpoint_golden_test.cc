// Lets Hugging Face transformers open our folders. Skipped, by name, where there is no Python with
// transformers: LAB_REFERENCE_PYTHON names one, python3 otherwise.

#include <cstdlib>
#include <string>
#include <vector>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "core/base/philox.h"
#include "core/base/strings.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/safetensors.h"
#include "core/model/gpt2.h"
#include "core/model/init.h"
#include "core/tokenizer/tokenizer.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

constexpr const char* kText = "Once upon a time, naïve Ω said: “don't”\n\n\t<|endoftext|> 42  end";

std::string Python() {
  const char* named = std::getenv("LAB_REFERENCE_PYTHON");
  return named != nullptr ? named : "python3";
}

int Shell(const std::string& command) {
  int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// A checkpoint named `name` of a model whose every weight matters, and what it computes.
void WriteExample(const fs::path& folder, const std::string& name, bool tied, bool qkv_bias,
                  Precision precision = Precision::kFp32) {
  Gpt2 source({.layers = 2,
               .heads = 2,
               .width = 16,
               .context = 64,
               .vocab = 257,
               .embd_dropout = 0.1,
               .tie_embeddings = tied,
               .qkv_bias = qkv_bias});
  InitializeGpt2(source, 3);
  const c10::NoGradGuard no_grad;
  PhiloxStream stream(5, Purpose::kInit, 1000);
  for (const Parameter& parameter : source.parameters().all()) {
    at::Tensor value = parameter.value;
    float* data = value.mutable_data_ptr<float>();
    for (int64_t i = 0; i < value.numel(); ++i) {
      data[i] += 0.1f * static_cast<float>(stream.NextNormal());
    }
  }
  Gpt2 model(source.shape(), precision);
  for (size_t i = 0; const Parameter& parameter : model.parameters().all()) {
    parameter.value.detach().copy_(source.parameters().all()[i++].value.detach());
  }
  std::shared_ptr<const Tokenizer> tokenizer = ByteTokenizer();
  auto record = WriteCheckpoint(folder / "made", model, *tokenizer, {.step = 1}, nullptr);
  ASSERT_TRUE(record.ok()) << record.status();
  fs::rename(folder / "made" / record->name, folder / "open" / name);

  std::vector<int64_t> ids;
  for (int64_t i = 0; i < 2 * 20; ++i) ids.push_back(i * 37 % 257);
  at::Tensor tokens = at::tensor(ids, at::kLong).reshape({2, 20});
  auto reader = model.CopyInFp32();  // both sides compute in fp32
  at::Tensor logits = reader->Logits(reader->Hidden(tokens, {})).contiguous();
  std::vector<int32_t> encoded = tokenizer->Encode(kText);
  at::Tensor text_ids = at::tensor(std::vector<int64_t>(encoded.begin(), encoded.end()), at::kLong);
  auto expected = WriteSafetensors(
      folder / "open" / StrCat(name, ".expected.safetensors"),
      {ViewOf("tokens", tokens), ViewOf("logits", logits), ViewOf("text_ids", text_ids)});
  ASSERT_TRUE(expected.ok()) << expected.status();
}

TEST(CheckpointGolden, TransformersOpensOurFoldersWithoutAWarningAndAgrees) {
  if (Shell(Python() + " -c 'import torch, transformers, safetensors' 2>/dev/null") != 0) {
    GTEST_SKIP() << Python() << " has no torch, transformers and safetensors";
  }
  TempDir dir;
  fs::create_directories(dir.path() / "open");
  WriteExample(dir.path(), "tied", true, true);
  WriteExample(dir.path(), "untied", false, true);
  WriteExample(dir.path(), "tied_without_qkv_bias", true, false);
  WriteExample(dir.path(), "untied_without_qkv_bias", false, false);
  WriteExample(dir.path(), "bf16", true, false, Precision::kBf16);
  ASSERT_FALSE(HasFailure());
  std::string command =
      StrCat("HF_HUB_OFFLINE=1 ", Python(), " ", LAB_SOURCE_DIR,
             "/tests/golden/check_checkpoint.py ", (dir.path() / "open").string());
  EXPECT_EQ(Shell(command), 0);
}

}  // namespace
}  // namespace lab
