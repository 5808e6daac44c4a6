#pragma once

// A text as tokens with their ids, by one tokenizer or by two beside each other. GUI thread.

#include <QWidget>
#include <memory>

#include "gui/models/tokenization.h"

class QLabel;
class QPlainTextEdit;
class QPushButton;

namespace lab::gui {

class Faces;
class ReferenceBox;
class TokenStrip;
struct Lab;

// One tokenizer's half.
class TokenizerPane : public QWidget {
  Q_OBJECT
 public:
  // `lab` outlives this.
  explicit TokenizerPane(Lab* lab, QWidget* parent = nullptr);

  ReferenceBox* reference() { return reference_; }
  const Tokenization& tokenization() const { return tokens_; }
  void setText(const std::string& text);

 private:
  void ask();
  void show();
  void showCurrent();

  Tokenization tokens_;
  std::string text_;
  ReferenceBox* reference_;
  Faces* faces_;
  TokenStrip* strip_;
  QLabel* figures_;
  QLabel* current_;
};

class TokenizerView : public QWidget {
  Q_OBJECT
 public:
  explicit TokenizerView(Lab* lab, QWidget* parent = nullptr);

  // What is cut; people may change it.
  void setText(const QString& text);
  bool settled() const;

 private:
  void textChanged();
  void setTwo(bool two);

  QPlainTextEdit* text_;
  TokenizerPane* left_;
  TokenizerPane* right_;
  QPushButton* two_;
};

}  // namespace lab::gui
