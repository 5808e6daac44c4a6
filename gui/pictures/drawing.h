#pragma once

// One view of a model on a text, made ready to be drawn without a window: it asks labd for what it
// shows and says when that is there. GUI thread.

#include <QString>
#include <QWidget>

#include "core/base/status.h"
#include "lab/v1/inspect.pb.h"

namespace lab::gui {

// What a picture is to show.
struct PictureWish {
  QString view;                 // one of pictureRows(): "lens"
  std::string reference, text;  // "12@600"
  // Which layers, heads and positions (none of a kind: all), for which target, within how many
  // bytes.
  v1::InspectRequest selection;
  QString sort;  // by which score heads are ordered, or which one is followed; "" for the usual
};

class Drawing : public QWidget {
  Q_OBJECT
 public:
  using QWidget::QWidget;

  virtual void begin() = 0;
  // Whether all is there, and shown.
  virtual bool ready() const = 0;
  // Why it never will be; OK as long as it may.
  virtual absl::Status status() const = 0;
  // What it is of, once it is ready: "job 12 at step 600 · 2 × 4 heads".
  virtual QString facts() const = 0;
  // Gives up scrolling, choosing and pointing. Once it is ready.
  virtual void makeStill() = 0;
};

// For facts().
QString modelFacts(const v1::OpenResponse& model, int64_t tokens);

}  // namespace lab::gui
