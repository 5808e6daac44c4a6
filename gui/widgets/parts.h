#pragma once

// The small parts that every page is made of, styled by style/lab.qss through the property `role`.
// GUI thread; the parent given owns what is made.

#include <QFrame>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

#include "gui/models/words.h"

class QPlainTextEdit;

namespace lab::gui {

// Roles: "title" "card-title" "strong" "dim" "caption" "value" "good" "warning" "bad" "section".
QLabel* makeLabel(const QString& text, const char* role, QWidget* parent = nullptr);
// Roles: "" (ordinary) "primary" "danger" "link" "segment" "nav".
QPushButton* makeButton(const QString& text, const char* role = "", QWidget* parent = nullptr);
// Sets a property that the style sheet looks at, and restyles the widget if it changed.
void setStyleProperty(QWidget* widget, const char* name, const QString& value);
// A label whose colour says how good it is.
void setTone(QLabel* label, Tone tone);
// Text that cannot be shown whole ends in "…"; the tool tip has all of it.
void setElided(QLabel* label, const QString& text, int width);
// Text to read and to copy in letters of one width, not wrapped; `pixels` from style/tokens.h.
QPlainTextEdit* makeMonoText(const QString& accessible_name, int pixels, QWidget* parent);

// A bar for a share of a whole.
class ShareBar : public QProgressBar {
  Q_OBJECT
 public:
  explicit ShareBar(const QString& accessible_name, QWidget* parent = nullptr);
  // 0..1; what is little is seen, too.
  void setShare(double share);
  // The whole is not known yet.
  void setUnknown();
};

// A rounded field of text: "running".
class Chip : public QLabel {
  Q_OBJECT
 public:
  explicit Chip(QWidget* parent = nullptr);
  void show(const QString& text, Tone tone);
};

// A card with its title; add what it shows to body().
class Card : public QFrame {
  Q_OBJECT
 public:
  explicit Card(const QString& title = {}, QWidget* parent = nullptr);
  QVBoxLayout* body() { return body_; }
  // The row of the title, for what stands at its right; nullptr without a title.
  QHBoxLayout* head() { return head_; }
  QLabel* title() { return title_; }

 private:
  QVBoxLayout* body_;
  QHBoxLayout* head_ = nullptr;
  QLabel* title_ = nullptr;
};

// Removes everything from a layout and deletes the widgets.
void clearLayout(QLayout* layout);

}  // namespace lab::gui
