// Training steps of nano, or of another shape, as fast as we can: forward, backward, clip, AdamW.
// Prints milliseconds of each step, one a line, so that tests/bench/compare_train_step.py can set
// them beside PyTorch's.
//   bench_train_step [steps] [threads] [rows] [tokens] [vocab] [fp32|bf16] [layers heads width]

#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include "core/base/philox.h"
#include "core/model/gpt2.h"
#include "core/model/init.h"
#include "core/optim/adamw.h"
#include "core/optim/grad_clip.h"
#include "core/tensor/device.h"

namespace {

int64_t Argument(int argc, char** argv, int index, int64_t otherwise) {
  return argc > index ? std::atoll(argv[index]) : otherwise;
}

at::Tensor Tokens(int64_t rows, int64_t tokens, int64_t vocab) {
  lab::PhiloxStream stream(1, lab::Purpose::kCorpus, 0);
  at::Tensor ids = at::empty({rows, tokens}, at::kLong);
  for (int64_t i = 0; i < ids.numel(); ++i) {
    ids.mutable_data_ptr<int64_t>()[i] = stream.NextBelow(static_cast<uint32_t>(vocab));
  }
  return ids;
}

}  // namespace

int main(int argc, char** argv) {
  // As lab-worker does at its start: freed memory is kept, so that steps see no page faults.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 2147483647);
  mallopt(M_TOP_PAD, 256 << 20);

  const int64_t steps = Argument(argc, argv, 1, 10);
  lab::SetThreads(static_cast<int>(Argument(argc, argv, 2, 0)));
  const int64_t rows = Argument(argc, argv, 3, 8), tokens = Argument(argc, argv, 4, 256);
  lab::Gpt2Shape shape;
  shape.layers = Argument(argc, argv, 7, 6);
  shape.heads = Argument(argc, argv, 8, 8);
  shape.width = Argument(argc, argv, 9, 256);
  shape.context = tokens;
  shape.vocab = Argument(argc, argv, 5, 4096);
  shape.qkv_bias = false;
  lab::Gpt2 model(shape, lab::ChoosePrecision(argc > 6 ? argv[6] : "fp32"));
  lab::InitializeGpt2(model, 1);
  lab::AdamW optimizer(model.parameters(), {});

  const at::Tensor windows = Tokens(rows, tokens + 1, shape.vocab);
  for (int64_t step = 0; step < steps; ++step) {
    const auto begin = std::chrono::steady_clock::now();
    model.parameters().ZeroGradients();
    const at::Tensor loss =
        model.Loss(windows.narrow(1, 0, tokens), windows.narrow(1, 1, tokens), {});
    loss.backward();
    const double norm = lab::GradientNorm(model.parameters());
    optimizer.Step(1e-3, lab::ClipFactor(norm, 1.0));
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
    std::printf("%.2f %.5f\n", time.count(), loss.item<double>());
    std::fflush(stdout);
  }
  std::fprintf(stderr, "peak %.0f MB\n", static_cast<double>(lab::PeakResidentBytes()) / 1e6);
  return 0;
}
