#include "core/kernels/sum.h"

#include <algorithm>
#include <vector>

#include "core/kernels/simd.h"

namespace lab::kernels {
namespace {

LAB_CLONES double SquaredSum(const float* x, int64_t count) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return sum;
}

template <class T>
LAB_CLONES void AddRow(int64_t columns, const T* __restrict row, float* __restrict sums) {
#pragma omp simd
  for (int64_t c = 0; c < columns; ++c) sums[c] += Load(row[c]);
}

}  // namespace

double SquaredNorm(const float* x, int64_t count) {
  constexpr int64_t kChunk = 8192;
  const int64_t chunks = CeilDiv(count, kChunk);
  std::vector<double> sums(chunks);
#pragma omp parallel for schedule(static) if (count > kParallelElements)
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    int64_t begin = chunk * kChunk;
    sums[chunk] = SquaredSum(x + begin, std::min(kChunk, count - begin));
  }
  double total = 0;
  for (double sum : sums) total += sum;
  return total;
}

void AddPartials(int64_t partials_count, int64_t columns, const float* partials, float* sums) {
  constexpr int64_t kBlock = 512;
  const int64_t blocks = CeilDiv(columns, kBlock);
#pragma omp parallel for schedule(static) if (partials_count * columns > kParallelElements)
  for (int64_t block = 0; block < blocks; ++block) {
    int64_t begin = block * kBlock, size = std::min(kBlock, columns - begin);
    // The partials are added to each other first: sums may be large and would swallow them.
    float total[kBlock] = {};
    for (int64_t p = 0; p < partials_count; ++p)
      AddRow(size, partials + p * columns + begin, total);
    AddRow(size, total, sums + begin);
  }
}

template <class T>
void AddColumnSums(int64_t rows, int64_t columns, const T* x, float* sums) {
  const int64_t count = CeilDiv(rows, kRowsPerPartial);
  std::vector<float> partials(count * columns);
#pragma omp parallel for schedule(static) if (rows * columns > kParallelElements)
  for (int64_t p = 0; p < count; ++p) {
    int64_t end = std::min(rows, (p + 1) * kRowsPerPartial);
    for (int64_t r = p * kRowsPerPartial; r < end; ++r) {
      AddRow(columns, x + r * columns, partials.data() + p * columns);
    }
  }
  AddPartials(count, columns, partials.data(), sums);
}

template void AddColumnSums(int64_t, int64_t, const float*, float*);
template void AddColumnSums(int64_t, int64_t, const BFloat16*, float*);

}  // namespace lab::kernels
