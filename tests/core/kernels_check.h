#pragma once

// What the kernels' test programs share: checks that count failures, random numbers, and a main
// that runs all cases or one. Without GoogleTest, so that LibTorch alone is enough to build them.

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace lab::kernels {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;

inline int failures = 0;

inline void Expect(bool good, const std::string& what) {
  if (good) return;
  ++failures;
  std::printf("  failed: %s\n", what.c_str());
}

// |a − b| <= tolerance · (1 + largest |b|), element by element.
template <class A, class B>
void ExpectNear(const std::vector<A>& a, const std::vector<B>& b, double tolerance,
                const std::string& what) {
  Expect(a.size() == b.size(), what + ": sizes differ");
  double largest = 0, worst = 0;
  for (const B& x : b) largest = std::max(largest, std::abs(static_cast<double>(x)));
  for (size_t i = 0; i < b.size(); ++i) {
    const double error = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    worst = error <= worst ? worst : error;  // NaN wins
  }
  Expect(worst <= tolerance * (1 + largest), what + ": off by " + std::to_string(worst));
}

inline Floats Random(int64_t count, int seed, float deviation = 1) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0, deviation);
  Floats x(count);
  for (float& value : x) value = normal(generator);
  return x;
}

inline Doubles ToDouble(const Floats& x) { return {x.begin(), x.end()}; }

// The bits `run` leaves on one thread and on three.
inline void ExpectSameBitsOnAnyThreads(const std::function<Floats()>& run,
                                       const std::string& what) {
  const int before = omp_get_max_threads();
  omp_set_num_threads(1);
  const Floats one = run();
  omp_set_num_threads(3);
  const Floats three = run();
  omp_set_num_threads(before);
  Expect(one.size() == three.size() &&
             std::memcmp(one.data(), three.data(), one.size() * sizeof(float)) == 0,
         what + ": bits depend on the number of threads");
}

struct Case {
  const char* name;
  void (*run)();
};

// Runs the case that argv[1] names, or all; the program's exit status.
template <size_t count>
int RunCases(const Case (&cases)[count], int argc, char** argv) {
  int ran = 0;
  for (const auto& [name, run] : cases) {
    if (argc > 1 && std::strcmp(argv[1], name) != 0) continue;
    const int before = failures;
    run();
    std::printf("%s %s\n", failures == before ? "ok    " : "FAILED", name);
    ++ran;
  }
  if (ran == 0) std::printf("no case of that name\n");
  return failures == 0 && ran > 0 ? 0 : 1;
}

}  // namespace lab::kernels
