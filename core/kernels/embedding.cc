#include "core/kernels/embedding.h"

#include <algorithm>
#include <cstring>

#include "core/kernels/simd.h"

namespace lab::kernels {
namespace {

template <class T>
LAB_CLONES void AddRow(int64_t columns, const T* __restrict row, float* __restrict sum) {
#pragma omp simd
  for (int64_t c = 0; c < columns; ++c) sum[c] += Load(row[c]);
}

}  // namespace

template <class T>
void Embedding(int64_t rows, int64_t columns, const int64_t* ids, const T* table, T* y) {
#pragma omp parallel for schedule(static) if (rows * columns > kParallelElements)
  for (int64_t r = 0; r < rows; ++r) {
    std::memcpy(y + r * columns, table + ids[r] * columns, columns * sizeof(T));
  }
}

template <class T>
void EmbeddingBackward(int64_t rows, int64_t columns, const int64_t* ids, const T* dy,
                       float* dtable) {
  // An id may occur in many rows, so the work is cut by columns: every sum has one thread and one
  // order.
  constexpr int64_t kBlock = 64;
  const int64_t blocks = CeilDiv(columns, kBlock);
#pragma omp parallel for schedule(static) if (rows * columns > kParallelElements)
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t begin = block * kBlock, size = std::min(kBlock, columns - begin);
    for (int64_t r = 0; r < rows; ++r) {
      AddRow(size, dy + r * columns + begin, dtable + ids[r] * columns + begin);
    }
  }
}

template void Embedding(int64_t, int64_t, const int64_t*, const float*, float*);
template void Embedding(int64_t, int64_t, const int64_t*, const BFloat16*, BFloat16*);
template void EmbeddingBackward(int64_t, int64_t, const int64_t*, const float*, float*);
template void EmbeddingBackward(int64_t, int64_t, const int64_t*, const BFloat16*, float*);

}  // namespace lab::kernels
