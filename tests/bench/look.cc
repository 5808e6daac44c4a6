// What looking inside costs: forwards of one text with and without someone who hears, by turns;
// then whole looks. Prints medians and ratios. Wall time: leave the machine alone meanwhile.
//   bench_look [rounds] [threads] [layers heads width] [tokens] [vocab]

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>

#include "core/base/philox.h"
#include "core/inspect/capture.h"
#include "core/inspect/inspect.h"
#include "core/model/gpt2.h"
#include "core/model/init.h"
#include "core/tensor/device.h"
#include "tests/bench/timing.h"

namespace lab {
namespace {

int64_t Argument(int argc, char** argv, int index, int64_t otherwise) {
  return argc > index ? std::atoll(argv[index]) : otherwise;
}

double Milliseconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

std::vector<std::string> Hooks(int64_t layers, const std::vector<std::string>& points) {
  std::vector<std::string> names;
  for (int64_t layer = 0; layer < layers; ++layer) {
    for (const std::string& point : points) names.push_back(HookName(layer, point));
  }
  return names;
}

struct Way {
  std::string name;
  std::vector<std::string> hooks;
  std::vector<double> times;
};

void Run(int argc, char** argv) {
  const int64_t rounds = Argument(argc, argv, 1, 15);
  SetThreads(static_cast<int>(Argument(argc, argv, 2, 0)));
  Gpt2Shape shape{.layers = Argument(argc, argv, 3, 12),
                  .heads = Argument(argc, argv, 4, 12),
                  .width = Argument(argc, argv, 5, 768),
                  .context = Argument(argc, argv, 6, 256),
                  .vocab = Argument(argc, argv, 7, 50257)};
  Gpt2 model(shape);
  InitializeGpt2(model, 1);
  model.parameters().FreeGradients();
  InspectQuery query;
  PhiloxStream random(1, Purpose::kCorpus, 0);
  for (int64_t i = 0; i < shape.context; ++i) {
    query.tokens.push_back(random.NextBelow(static_cast<uint32_t>(shape.vocab)));
  }
  const at::Tensor tokens = at::tensor(query.tokens, at::kLong).unsqueeze(0);
  const std::vector<std::string> stream = {"hook_resid_pre", "hook_resid_mid", "hook_resid_post"};
  std::vector<std::string> all = stream;
  all.push_back("attn.hook_pattern");
  std::vector<Way> ways = {{"nobody listens", {}},
                           {"every residual", Hooks(shape.layers, stream)},
                           {"every pattern", Hooks(shape.layers, {"attn.hook_pattern"})},
                           {"both", Hooks(shape.layers, all)}};
  const at::NoGradGuard no_grad;
  for (int64_t round = -2; round < rounds; ++round) {
    for (Way& way : ways) {
      const double time = Milliseconds([&] {
        Capture capture(way.hooks);
        model.Hidden(tokens, {.listener = way.hooks.empty() ? nullptr : &capture});
      });
      if (round >= 0) way.times.push_back(time);  // the first two warm up
    }
  }
  std::printf("%lld layers, %lld heads, width %lld, %lld tokens, %lld parameters\n",
              static_cast<long long>(shape.layers), static_cast<long long>(shape.heads),
              static_cast<long long>(shape.width), static_cast<long long>(shape.context),
              static_cast<long long>(model.parameters().count()));
  const double bare = gui::median(ways[0].times);
  for (const Way& way : ways) {
    std::printf("forward, %-16s %8.2f ms  %.3f x\n", way.name.c_str(), gui::median(way.times),
                gui::median(way.times) / bare);
  }
  for (const char* quantity :
       {"attn.hook_pattern", "heads", "residual", "lens", "attribution", "loss"}) {
    query.quantities = {quantity};
    std::vector<double> times;
    for (int64_t round = -1; round < std::max<int64_t>(3, rounds / 5); ++round) {
      const double time = Milliseconds([&] { (void)Inspect(model, query).ok(); });
      if (round >= 0) times.push_back(time);
    }
    std::printf("look, %-19s %8.2f ms  %.3f x\n", quantity, gui::median(times),
                gui::median(times) / bare);
  }
}

}  // namespace
}  // namespace lab

int main(int argc, char** argv) {
  // As lab-worker does at its start: freed memory is kept.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  lab::Run(argc, argv);
}
