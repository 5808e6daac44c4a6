#pragma once

// A token, a word about it, and what the model found likeliest in its place. GUI thread.

#include <array>
#include <vector>

#include "gui/widgets/parts.h"
#include "lab/v1/inspect.pb.h"

namespace lab::gui {

struct LikelyToken {
  std::string text;  // bytes
  double probability = 0;
  QString note;  // "chosen"
};

class LikelyTokens : public Card {
  Q_OBJECT
 public:
  static constexpr int kRows = 5;

  explicit LikelyTokens(QWidget* parent = nullptr);

  // The tokens of one cell; empty shows how to choose one.
  void show(const std::vector<v1::Token>& tokens);
  // The token's bytes ("" for none), what is to say of it, and at most kRows others.
  void show(const std::string& token, const QString& words, const std::vector<LikelyToken>& top);

 private:
  struct Row {
    QLabel* text = nullptr;
    ShareBar* bar = nullptr;
    QLabel* value = nullptr;
  };
  QLabel* token_;
  QLabel* words_;
  std::array<Row, kRows> rows_;
};

}  // namespace lab::gui
