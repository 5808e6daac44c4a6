#pragma once

// One model and what it wrote: its choice, the text as shaded tokens, the figures. GUI thread.

#include "gui/models/generation.h"
#include "gui/widgets/parts.h"

namespace lab::gui {

class Faces;
class ReferenceBox;
class TokenStrip;
struct Lab;

class ModelPane : public Card {
  Q_OBJECT
 public:
  // `lab` outlives this.
  explicit ModelPane(Lab* lab, QWidget* parent = nullptr);

  ReferenceBox* reference() { return reference_; }
  const Generation& generation() const { return generation_; }
  // Nothing happens without a reference. Requires: the settings carry a seed.
  void start(const v1::GenerateRequest& settings);
  void stop() { generation_.stop(); }
  void release() { generation_.release(); }
  // Text of an earlier time, without its probabilities.
  void showKept(const QString& prompt, const QString& text);
  // The tokens of the current cell; empty for none.
  std::vector<v1::Token> currentTokens() const;
  // Prompt and text, as they are copied.
  QString text() const;
  bool failed() const;

 Q_SIGNALS:
  void changed();
  // Another token is current.
  void pointed();
  // The empty face's button.
  void wantsRun();
  void copied(const QString& text);

 private:
  QWidget* makeFoot();
  QLabel* addFigure(QHBoxLayout* row, const QString& name, const QString& help);
  void show();
  void showFigures();
  void showWords();

  Lab* lab_;
  Generation generation_;
  v1::GenerateRequest last_;
  ReferenceBox* reference_;
  QLabel* about_;
  Faces* faces_;
  TokenStrip* strip_;
  int lead_ = 0;  // cells of the prompt
  QString kept_;  // the text of an earlier time
  QString prompt_;
  QLabel* first_ = nullptr;
  QLabel* rate_ = nullptr;
  QLabel* perplexity_ = nullptr;
  QLabel* ending_ = nullptr;
  QPushButton* copy_ = nullptr;
};

}  // namespace lab::gui
