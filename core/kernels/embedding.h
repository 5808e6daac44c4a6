#pragma once

// Rows of a table by id, and their gradient. T is float or BFloat16; gradients of the table are
// fp32. Plain pointers; OpenMP inside.

#include <cstdint>

namespace lab::kernels {

// y[r] = table[ids[r]]; y is [rows, columns]. Requires: every id is a row of the table.
template <class T>
void Embedding(int64_t rows, int64_t columns, const int64_t* ids, const T* table, T* y);

// dtable[ids[r]] += dy[r]; no other row of dtable is read or written.
template <class T>
void EmbeddingBackward(int64_t rows, int64_t columns, const int64_t* ids, const T* dy,
                       float* dtable);

}  // namespace lab::kernels
