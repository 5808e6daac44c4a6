#pragma once

// Where a model is chosen: any checkpoint of any job from a list, or a reference or a folder typed
// in. GUI thread.

#include "gui/models/lab.h"
#include "gui/widgets/choice.h"

namespace lab::gui {

class ReferenceBox : public Choice {
  Q_OBJECT
 public:
  // Offers `first` before the models: "byte" where a tokenizer is wanted. `lab` outlives this.
  explicit ReferenceBox(Lab* lab, QStringList first = {}, QWidget* parent = nullptr);

  // "12@600", "/models/gpt2"; "" for none.
  QString reference() const;
  void setReference(const QString& reference);
  // Where this is `other`, or nothing: another run's newest model of that size, else another one
  // of the list.
  void choosePeerOf(const QString& other);
  // What is known of it: "a small GPT on stories, validation 1.994"; "" for nothing.
  QString about() const;

 Q_SIGNALS:
  void referenceChanged();
  // One was picked from the list, or typed and ended with Return. To leave the field chooses
  // nothing.
  void chosen();

 protected:
  void focusOutEvent(QFocusEvent* event) override;

 private:
  void fill();
  // Of a checkpoint's file; 0 if that is not known.
  int64_t sizeOf(const QString& reference) const;

  Lab* lab_;
  QStringList first_;
};

}  // namespace lab::gui
