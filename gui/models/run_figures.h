#pragma once

// What the cards over a live run say: its newest numbers and what each of them means. Pure; GUI
// thread, since it reads a Run.

#include <QString>
#include <vector>

#include "gui/models/run.h"
#include "gui/models/run_config.h"
#include "gui/models/words.h"

namespace lab::gui {

struct Figure {
  QString name;              // "train loss"
  QString value;             // "2.041"; "–" if it was never measured
  QString unit;              // "nats/token"
  QString note;              // "0.111 above the floor"
  Tone tone = Tone::kPlain;  // of the note
};

// Train and validation loss, tokens/s, learning rate, gradient norm, memory; for a job that logs
// none of them its first metrics. `config` may be null.
std::vector<Figure> figuresOf(const Run& run, const RunConfig* config);

// "job 12  ·  5.85 M parameters  ·  seed 1  ·  started 14:02".
QString factsOf(const v1::Job& job, const RunConfig* config);

// "step 412 of 600", or the phase before there are steps.
QString placeOf(const v1::Progress& progress);

}  // namespace lab::gui
