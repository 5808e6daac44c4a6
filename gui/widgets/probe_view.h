#pragma once

// One way of looking at a text in a model. It says what it has to know, and shows what is known;
// what it showed of another subject stays until then. GUI thread.

#include <QWidget>
#include <utility>
#include <vector>

#include "gui/models/probe.h"
#include "gui/models/words.h"

namespace lab::gui {

// What another model answers, where the first is compared with one.
struct ProbeBeside {
  const Probe* probe = nullptr;  // null: with none, or it has not answered
  bool wanted = false;           // the user compares
  bool both = false;             // both are to be seen, not their difference

  Probe::Answer find(const v1::InspectRequest& question) const {
    return probe == nullptr ? nullptr : probe->find(question);
  }
  QString name() const { return probe == nullptr ? QString() : q(probe->reference()); }
};

class ProbeView : public QWidget {
  Q_OBJECT
 public:
  using QWidget::QWidget;

  // In the order in which it wants to know; there may be more once these are answered.
  virtual std::vector<v1::InspectRequest> questions(const Probe& probe) const = 0;
  // The same for the one beside `probe`; empty where a difference means nothing.
  virtual std::vector<v1::InspectRequest> besideQuestions(const Probe& other,
                                                          const Probe& /*probe*/) const {
    return questions(other);
  }
  // Shows what of that is known.
  virtual void take(const Probe& probe, const ProbeBeside& beside) = 0;
  // Whether it has anything to show.
  virtual bool filled() const = 0;

  // Why what is known cannot be shown.
  virtual absl::Status trouble() const { return absl::OkStatus(); }

  // Only these layers, heads and positions are asked for, within this budget and for this target;
  // what is empty: all. Before the first question.
  void setSelection(v1::InspectRequest selection) { selection_ = std::move(selection); }
  // It is only drawn from now on: what it holds is seen without scrolling or pointing. Once it is
  // filled.
  virtual void makeStill() {}

 Q_SIGNALS:
  // Its questions are others now.
  void asksAnew();

 protected:
  const v1::InspectRequest& selection() const { return selection_; }
  // Of one quantity, with the selection.
  v1::InspectRequest questionOf(const char* quantity) const {
    v1::InspectRequest question = selection_;
    question.add_quantities(quantity);
    return question;
  }

 private:
  v1::InspectRequest selection_;
};

}  // namespace lab::gui
