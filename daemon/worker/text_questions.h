#pragma once

// Questions about texts that the idle worker answers: a look at a corpus, a text as tokens
// (docs/formats/worker_frame.md). Any thread.

#include "core/base/frame.h"

namespace lab {

// The answer to a `look` or `tokenise` frame: a header whose "ok" is false if it failed, and its
// payload.
Frame AnswerTextQuestion(const Frame& question);

}  // namespace lab
