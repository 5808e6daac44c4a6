#pragma once

// A new token, how likely the model found it, and what it found likeliest in its place. GUI thread.

#include <array>
#include <vector>

#include "gui/widgets/parts.h"
#include "lab/v1/inspect.pb.h"

namespace lab::gui {

class LikelyTokens : public Card {
  Q_OBJECT
 public:
  static constexpr int kRows = 5;

  explicit LikelyTokens(QWidget* parent = nullptr);

  // The tokens of one cell; empty shows how to choose one.
  void show(const std::vector<v1::Token>& tokens);

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
