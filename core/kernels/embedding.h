#pragma once

// Rows of a table by id, and their gradient. Plain pointers; OpenMP inside.

#include <cstdint>

namespace lab::kernels {

// y[r] = table[ids[r]]; y is [rows, columns]. Requires: every id is a row of the table.
void Embedding(int64_t rows, int64_t columns, const int64_t* ids, const float* table, float* y);

// dtable[ids[r]] += dy[r]; no other row of dtable is read or written.
void EmbeddingBackward(int64_t rows, int64_t columns, const int64_t* ids, const float* dy,
                       float* dtable);

}  // namespace lab::kernels
