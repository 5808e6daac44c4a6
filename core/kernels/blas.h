#pragma once

// Single-threaded matrix products for kernels that divide the work themselves. The sgemm is the one
// inside LibTorch (MKL in the wheel). Only for .cc files of this folder.

#include <cstdint>

extern "C" {
void sgemm_(const char* transa, const char* transb, const int* m, const int* n, const int* k,
            const float* alpha, const float* a, const int* lda, const float* b, const int* ldb,
            const float* beta, float* c, const int* ldc);
// Only MKL has it; with another library its address is null.
int MKL_Set_Num_Threads_Local(int threads) __attribute__((weak));
}

namespace lab::kernels {

// While alive, products of the calling thread use no other threads.
class SingleThreadedBlas {
 public:
  SingleThreadedBlas() {
    if (MKL_Set_Num_Threads_Local) before_ = MKL_Set_Num_Threads_Local(1);
  }
  ~SingleThreadedBlas() {
    if (MKL_Set_Num_Threads_Local) MKL_Set_Num_Threads_Local(before_);
  }
  SingleThreadedBlas(const SingleThreadedBlas&) = delete;
  SingleThreadedBlas& operator=(const SingleThreadedBlas&) = delete;

 private:
  int before_ = 0;
};

// A matrix whose rows lie `stride` elements apart, read as is or transposed.
struct Matrix {
  const float* data;
  int64_t stride;
  bool transposed = false;
};

// c [m, n] = alpha · a [m, k] · b [k, n] + beta · c, all row-major.
inline void Gemm(int64_t m, int64_t n, int64_t k, float alpha, Matrix a, Matrix b, float beta,
                 float* c, int64_t c_stride) {
  // Fortran reads row-major data as the transpose, so it is given cᵀ = bᵀ · aᵀ.
  const char a_trans = a.transposed ? 'T' : 'N', b_trans = b.transposed ? 'T' : 'N';
  const int m_ = static_cast<int>(m), n_ = static_cast<int>(n), k_ = static_cast<int>(k);
  const int lda = static_cast<int>(a.stride), ldb = static_cast<int>(b.stride);
  const int ldc = static_cast<int>(c_stride);
  sgemm_(&b_trans, &a_trans, &n_, &m_, &k_, &alpha, b.data, &ldb, a.data, &lda, &beta, c, &ldc);
}

}  // namespace lab::kernels
