#include "core/kernels/bf16_product.h"

#include <algorithm>
#include <vector>

#include "core/kernels/bf16_tile.h"
#include "core/kernels/blas.h"
#include "core/kernels/scratch.h"
#include "core/kernels/simd.h"

// Of MKL only: column-major, bf16 in, fp32 out; with another library its address is null.
extern "C" void gemm_bf16bf16f32_(const char* transa, const char* transb, const int* m,
                                  const int* n, const int* k, const float* alpha,
                                  const lab::kernels::BFloat16* a, const int* lda,
                                  const lab::kernels::BFloat16* b, const int* ldb,
                                  const float* beta, float* c, const int* ldc)
    __attribute__((weak));

namespace lab::kernels {
namespace {

constexpr int64_t kBlock = 1024;         // of k, whose share of b stays in the second cache
constexpr int64_t kStripsPerGroup = 64;  // of rows that one packing of b serves
constexpr int64_t kMostRows = 3072;      // of c whose part of a is packed at once: at most 6 MiB

bool HasAmx() {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  return __builtin_cpu_supports("amx-bf16");
#else
  return false;
#endif
}

// Both rows of a pair side by side, in panels of `width` columns that lie `stride` apart; zeros
// beyond the last column.
template <int64_t width>
LAB_CLONES void Interleave(int64_t columns, const BFloat16* __restrict even,
                           const BFloat16* __restrict odd, BFloat16* __restrict packed,
                           int64_t stride) {
  for (int64_t begin = 0; begin < columns; begin += width, packed += stride) {
    const int64_t size = columns - begin < width ? columns - begin : width;
    if (size < width) {
      for (int64_t c = 0; c < 2 * width; ++c) packed[c] = BFloat16{0};
    }
    for (int64_t c = 0; c < size; ++c) {
      packed[2 * c] = even[begin + c];
      packed[2 * c + 1] = odd[begin + c];
    }
  }
}

// A tile at the border of c goes through a whole one of its own.
void AddAnyTile(int64_t pairs, const BFloat16* a, const BFloat16* b, int64_t rows, int64_t columns,
                float* c, int64_t stride) {
  if (rows == kTileRows && columns == kTileColumns) return AddTile(pairs, a, b, c, stride);
  float tile[kTileRows * kTileColumns] = {};
  for (int64_t r = 0; r < rows; ++r) std::copy_n(c + r * stride, columns, tile + r * kTileColumns);
  AddTile(pairs, a, b, tile, kTileColumns);
  for (int64_t r = 0; r < rows; ++r) std::copy_n(tile + r * kTileColumns, columns, c + r * stride);
}

// Every element of c is one thread's: its products are added pair by pair, block by block. Rows of
// a lie `stride` apart.
void AddByTiles(int64_t m, int64_t n, int64_t k, const BFloat16* a, int64_t stride,
                const BFloat16* b, float* c) {
  const int64_t strips = CeilDiv(m, kTileRows), groups = CeilDiv(strips, kStripsPerGroup);
  const int64_t panels = CeilDiv(n, kTileColumns);
  const int64_t most_pairs = CeilDiv(std::min(k, kBlock), int64_t{2});
  const int64_t strip_size = 2 * kTileRows * most_pairs, pair_size = 2 * kTileColumns;
  const std::vector<BFloat16> zeros(std::max(m, kTileColumns));  // beside an odd last row
  Scratch a_memory(strips * strip_size / 2);                     // a float holds two
  BFloat16* a_packed = reinterpret_cast<BFloat16*>(a_memory.data());
#pragma omp parallel if (m * n * k > 64 * kParallelElements)
  {
    Scratch b_memory(most_pairs * kTileColumns);
    BFloat16* b_packed = reinterpret_cast<BFloat16*>(b_memory.data());
    for (int64_t first = 0; first < k; first += kBlock) {
      const int64_t last = std::min(k, first + kBlock), pairs = CeilDiv(last - first, int64_t{2});
#pragma omp for schedule(static)
      for (int64_t pair = 0; pair < pairs; ++pair) {
        const int64_t row = first + 2 * pair;
        Interleave<kTileRows>(m, a + row * stride,
                              row + 1 < last ? a + (row + 1) * stride : zeros.data(),
                              a_packed + 2 * kTileRows * pair, strip_size);
      }
#pragma omp for collapse(2) schedule(static)
      for (int64_t panel = 0; panel < panels; ++panel) {
        for (int64_t group = 0; group < groups; ++group) {
          const int64_t column = panel * kTileColumns, columns = std::min(kTileColumns, n - column);
          for (int64_t pair = 0; pair < pairs; ++pair) {
            const int64_t row = first + 2 * pair;
            const BFloat16* odd = row + 1 < last ? b + (row + 1) * n + column : zeros.data();
            Interleave<kTileColumns>(columns, b + row * n + column, odd,
                                     b_packed + pair * pair_size, 0);
          }
          const int64_t end = std::min(strips, (group + 1) * kStripsPerGroup);
          for (int64_t strip = group * kStripsPerGroup; strip < end; ++strip) {
            const int64_t row = strip * kTileRows, rows = std::min(kTileRows, m - row);
            AddAnyTile(pairs, a_packed + strip * strip_size, b_packed, rows, columns,
                       c + row * n + column, n);
          }
        }
      }
    }
  }
}

// Fortran reads row-major data as the transpose: cᵀ += bᵀ a.
void AddByLibrary(int64_t m, int64_t n, int64_t k, const BFloat16* a, const BFloat16* b, float* c) {
  const int m_ = static_cast<int>(m), n_ = static_cast<int>(n), k_ = static_cast<int>(k);
  const float one = 1;
  gemm_bf16bf16f32_("N", "T", &n_, &m_, &k_, &one, b, &n_, a, &m_, &one, c, &n_);
}

void AddWidened(int64_t m, int64_t n, int64_t k, const BFloat16* a, const BFloat16* b, float* c) {
  const int64_t block = std::min(k, kBlock);
  Scratch a_wide(block * m), b_wide(block * n);
  for (int64_t first = 0; first < k; first += block) {
    const int64_t rows = std::min(block, k - first);
#pragma omp parallel for schedule(static) if (rows * (m + n) > kParallelElements)
    for (int64_t row = 0; row < rows; ++row) {
      Widen(m, a + (first + row) * m, a_wide.data() + row * m);
      Widen(n, b + (first + row) * n, b_wide.data() + row * n);
    }
    Gemm(m, n, rows, 1.0f, {a_wide.data(), m, true}, {b_wide.data(), n}, 1.0f, c, n);
  }
}

}  // namespace

bool HasBf16Path(Bf16Path path) {
  switch (path) {
    case Bf16Path::kAvx512:
      return HasAvx512Bf16();
    case Bf16Path::kLibrary:
      return gemm_bf16bf16f32_ != nullptr;
    default:
      return true;
  }
}

Bf16Path BestBf16Path() {
  if (HasAmx() && HasBf16Path(Bf16Path::kLibrary)) return Bf16Path::kLibrary;
  return HasAvx512Bf16() ? Bf16Path::kAvx512 : Bf16Path::kWidened;
}

const char* Bf16PathName(Bf16Path path) {
  switch (path) {
    case Bf16Path::kAvx512:
      return "avx512_bf16";
    case Bf16Path::kLibrary:
      return "MKL";
    default:
      return "widened to fp32";
  }
}

void AddTransposedProduct(int64_t m, int64_t n, int64_t k, const BFloat16* a, const BFloat16* b,
                          float* c, Bf16Path path) {
  if (path == Bf16Path::kAvx512) {
    for (int64_t row = 0; row < m; row += kMostRows) {
      AddByTiles(std::min(kMostRows, m - row), n, k, a + row, m, b, c + row * n);
    }
    return;
  }
  if (path == Bf16Path::kLibrary) return AddByLibrary(m, n, k, a, b, c);
  AddWidened(m, n, k, a, b, c);
}

}  // namespace lab::kernels
