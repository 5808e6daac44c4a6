#pragma once

// What a field of a job's config names, beyond its type: for those who offer values. Pure.

#include "lab/v1/catalog.pb.h"

namespace lab {

// A text to train or measure on: a registered corpus, or the path of a file.
inline bool NamesCorpus(const v1::Field& field) {
  return field.path() && ("." + field.name()).ends_with(".corpus");
}

}  // namespace lab
